# The instruments that several sounds share; each plays the note at hand (f, t, d of synth.awk).

# --- Winds ---------------------------------------------------------------------------------

# Trumpet to tuba: brightens as it swells. bright is the number of overtones at full blow.
function brass(bright,   v, blow, open) {
  v = f * wobble(0.006, 5.5, 0.35) * (1 - 0.03 * exp(-t * 40))
  blow = swell(0.04, 0.06) * (0.8 + 0.2 * exp(-t * 6))
  open = v * (0.5 + bright * blow)
  return low("brass2", low("brass1", saw("brass", v) + 0.15 * noise() * exp(-t * 30), open), open) * blow
}

# Saxophone: reedy, scooped into from below, a breath of noise.
function saxophone(   v, x) {
  v = f * (1 - 0.07 * exp(-t * 22)) * wobble(0.012, 5, 0.25)
  x = 0.7 * saw("sax", v) + 0.3 * pulse("reed", v, 0.3) + 0.12 * noise()
  x = low("soft", x, 3200)
  return (0.5 * x + 1.6 * band("b1", x, 620, 250) + 1.2 * band("b2", x, 1350, 300) + \
    0.7 * band("b3", x, 2600, 500)) * swell(0.05, 0.08)
}

# A horn for cars, trucks and stadiums: a buzzing reed in a metal bell.
function buzzer(   x) {
  x = saw("horn1", f) + 0.6 * pulse("horn2", f * 1.003, 0.25)
  return (0.6 * x + 1.5 * band("bell1", x, 1100, 500) + \
    band("bell2", x, 2500, 700)) * swell(0.015, 0.04)
}

# A slide whistle, or somebody's lips.
function whistle(hz) {
  return sine("whistle", hz) + 0.08 * sine("octave", 2 * hz) + 0.6 * band("air", noise(), hz, 150)
}

# --- Strings -------------------------------------------------------------------------------

function fiddle(   v, x) {
  v = f * wobble(0.008, 6, 0.15)
  x = saw("bow", v) + 0.1 * noise()
  return (0.4 * low("bright", x, 4000) + band("body1", x, 480, 120) + band("body2", x, 1100, 250) + \
    0.8 * band("body3", x, 2800, 600)) * swell(0.025, 0.04)
}

function guitar() { return pluck(f, 0.8, 0.996) * (d - t < 0.05 ? (d - t) * 20 : 1) }
function harp() { return pluck(f, 0.35, 0.997) }
function banjo() { return high("skin", pluck(f, 1, 0.985), 300) }
function bass() {
  return (low("bass", saw("bass", f), 250 + 1500 * fade(0.08)) + \
    0.6 * sine("sub", f)) * swell(0.005, 0.04)
}

# --- Keys and bells ------------------------------------------------------------------------

function organ() {
  return (sine("o1", f) + 0.6 * sine("o2", 2 * f) + 0.5 * sine("o3", 3 * f) + \
    0.35 * sine("o4", 4 * f) + 0.25 * sine("o6", 6 * f) + 0.2 * sine("o8", 8 * f) + \
    0.3 * saw("o9", f / 2)) * swell(0.02, 0.08)
}
function chime(s) {
  return sine("c1", f) * fade(s) + 0.5 * sine("c2", f * 2.756) * fade(s / 2.5) + \
    0.25 * sine("c3", f * 5.404) * fade(s / 6)
}
# A cast bell: hum, prime, minor third, fifth and octave, each dying at its own pace.
function bell(s) {
  return 0.5 * sine("hum", f / 2) * fade(s) + 0.8 * sine("prime", f) * fade(s * 0.7) + \
    0.7 * sine("third", f * 1.19) * fade(s * 0.5) + 0.4 * sine("fifth", f * 1.5) * fade(s * 0.35) + \
    0.8 * sine("octave", f * 2.003) * fade(s * 0.4) + 0.4 * sine("high", f * 3.01) * fade(s * 0.2) + \
    0.3 * sine("top", f * 4.17) * fade(s * 0.12)
}
function pad() {
  return (low("pad", saw("p1", f * 1.003) + saw("p2", f * 0.997), 900) + \
    0.6 * sine("p3", f)) * swell(0.15, 0.4)
}

# --- Voices --------------------------------------------------------------------------------

# A sung vowel by its first three formants in Hz; breath from 0 to 1.
function sung(hz, f1, f2, f3, breath,   x) {
  x = low("throat", saw("cords", hz), 600 + 2 * hz) * 1.6 + breath * noise()
  return 1.0 * band("f1", x, f1, 80) + 0.85 * band("f2", x, f2, 110) + \
    0.55 * band("f3", x, f3, 170) + 0.2 * band("f4", x, 3600, 300)
}

# --- Drums: p says which ---------------------------------------------------------------------

function drum() {
  if (p == "kick") return sine("k", 48 + 140 * exp(-t * 35)) * fade(0.11) + 0.3 * noise() * fade(0.004)
  if (p == "snare") return 0.5 * sine("s", 190 + 60 * exp(-t * 60)) * fade(0.06) + \
    high("s", noise(), 1200) * fade(0.09)
  if (p == "hat") return 0.5 * high("h", noise(), 6000) * fade(0.035)
  if (p == "clap") return 1.6 * band("c", noise(), 1300, 900) * \
    (t < 0.03 ? exp(-(t % 0.01) * 250) : exp(-(t - 0.03) / 0.06))
  if (p == "tom") return sine("t", 95 + 70 * exp(-t * 22)) * fade(0.16) + 0.15 * noise() * fade(0.02)
  if (p == "stomp") return sine("k", 60 + 60 * exp(-t * 40)) * fade(0.07) + \
    0.4 * low("st", noise(), 500) * fade(0.04)
  if (p == "cymbal") return (0.8 * high("c", noise(), 4500) + \
    0.25 * high("m", pulse("m1", 2943, 0.5) + pulse("m2", 3817, 0.5) + pulse("m3", 4421, 0.5) + \
    pulse("m4", 5347, 0.5), 4000)) * (fade(0.45) + 0.5 * fade(0.05))
  if (p == "rim") return band("r", noise(), 1750, 300) * 3 * fade(0.012) + \
    0.5 * sine("r", 870) * fade(0.015)
  return 0
}

# Something bursts: a crack, then a low rumble that dies in s seconds.
function blast(s,   dull) {
  dull = 140 + 2600 * fade(s / 3)
  return tanh(2.5 * (low("boom2", low("boom", noise(), dull), dull) * 3 * fade(s) + \
    sine("thump", 40 + 60 * fade(0.1)) * 0.4 * fade(s * 0.6))) + 0.6 * noise() * fade(0.02)
}
