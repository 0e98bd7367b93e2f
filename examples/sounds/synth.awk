# The synthesiser: plays a score on an instrument and prints the samples as sox's .dat text.
#
# A score is a row of notes: PITCH[+PITCH...][@START]/LENGTH[~RING][*GAIN]. PITCH is a note (C4,
# F#3, Bb2), a number in Hz, - for a rest, or any word (the instrument finds it in p). Without
# @START a note follows the one before; ~RING lets it sound on for other than LENGTH seconds.
#
# An instrument is the body of sample(): it sets y from
#   f  the pitch in Hz, fresh for every sample: it may be bent
#   t  seconds since the note began      d  how long it sounds
#   p  the pitch as written              r  a chance from 0 to 1, one per note
# Functions that keep state between samples take a key k: any name, unique in that instrument.

BEGIN {
  pi = atan2(0, -1)
  seed = 4711
  for (i = 0; i < 10; i++) noise()
  split("C . D . E F . G . A . B", scale, " ")
  for (i in scale) if (scale[i] != ".") semitone[scale[i]] = i - 1
  last = 0
  clock = 0
  count = split(score, tokens, /[ \n]+/)
  for (i = 1; i <= count; i++) if (tokens[i] != "") token(tokens[i])
  print_samples()
}

function token(s,   gain, ring, start, len, n, j, pitches) {
  gain = 1; ring = ""; start = clock
  if (j = index(s, "*")) { gain = substr(s, j + 1) + 0; s = substr(s, 1, j - 1) }
  if (j = index(s, "~")) { ring = substr(s, j + 1) + 0; s = substr(s, 1, j - 1) }
  j = index(s, "/"); len = substr(s, j + 1) + 0; s = substr(s, 1, j - 1)
  if (j = index(s, "@")) { start = substr(s, j + 1) + 0; s = substr(s, 1, j - 1) }
  if (ring == "") ring = len
  clock = start + len
  n = split(s, pitches, "+")
  for (j = 1; j <= n; j++) if (pitches[j] != "-") render(pitches[j], start, ring, gain)
}

function render(pitch, start, seconds, gain,   hz, i, first, n, edge, soft) {
  forget()
  p = pitch; hz = hertz(pitch); d = seconds; r = (noise() + 1) / 2
  first = int(start * rate); n = int(seconds * rate)
  soft = int(0.002 * rate)
  for (i = 0; i < n; i++) {
    t = i / rate
    f = hz
    sample()
    # No note begins or ends with a click.
    edge = i < soft ? i / soft : n - i < 2 * soft ? (n - i) / (2 * soft) : 1
    out[first + i] += y * gain * edge
  }
  if (first + n > last) last = first + n
}

function forget() { split("", ph); split("", z1); split("", z2); split("", string); pos = 0 }

function hertz(s,   step, octave) {
  if (s !~ /^[A-G][#b]?[0-9]$/) return s + 0
  step = semitone[substr(s, 1, 1)]
  if (s ~ /#/) step++
  if (s ~ /b/) step--
  octave = substr(s, length(s)) + 0
  return 440 * 2 ^ ((step - 9) / 12 + octave - 4)
}

function print_samples(   i, peak, v) {
  for (i = 0; i < last; i++) { v = out[i] < 0 ? -out[i] : out[i]; if (v > peak) peak = v }
  if (!peak) peak = 1
  printf "; Sample Rate %d\n; Channels 1\n", rate
  for (i = 0; i < last; i++) printf "%.6f %.6f\n", i / rate, out[i] / peak * 0.9
}

# --- Sources -------------------------------------------------------------------------------

function noise() { seed = (seed * 16807) % 2147483647; return seed / 1073741823.5 - 1 }

# A wave's place in its period, 0 to 1.
function phase(k, hz) { ph[k] += hz / rate; ph[k] -= int(ph[k]); return ph[k] }

function sine(k, hz) { return sin(2 * pi * phase(k, hz)) }
function triangle(k, hz,   x) { x = phase(k, hz); return x < 0.5 ? 4 * x - 1 : 3 - 4 * x }

# What rounds the corner of a jump, so that high notes do not fold back as wrong ones.
function corner(x, step) {
  if (x < step) { x /= step; return x + x - x * x - 1 }
  if (x > 1 - step) { x = (x - 1) / step; return x * x + x + x + 1 }
  return 0
}
function saw(k, hz,   x) { x = phase(k, hz); return 2 * x - 1 - corner(x, hz / rate) }
function pulse(k, hz, width,   x, x2) {
  x = phase(k, hz)
  x2 = x + 1 - width; x2 -= int(x2)
  return (x < width ? 1 : -1) + corner(x, hz / rate) - corner(x2, hz / rate)
}

# A plucked string; bright from 0 to 1, hold below 1 and near it.
function pluck(hz, bright, hold,   n, i, a, b, v) {
  n = int(rate / hz)
  if (!pos) {
    v = 0
    for (i = 0; i < n; i++) { v += (noise() - v) * bright; string[i] = v }
  }
  i = pos++ % n
  v = string[i]
  a = string[(i + 1) % n]
  string[i] = hold * (v + a) / 2
  return v
}

# --- Shapes --------------------------------------------------------------------------------

# Straight lines through "time value time value ...".
function line(points,   n, i, v) {
  if (!(points in knots)) {
    n = split(points, v, " ")
    knots[points] = n / 2
    for (i = 1; i <= n / 2; i++) { at[points, i] = v[2 * i - 1] + 0; to[points, i] = v[2 * i] + 0 }
  }
  n = knots[points]
  if (t <= at[points, 1]) return to[points, 1]
  for (i = 2; i <= n; i++) if (t <= at[points, i])
    return to[points, i - 1] + \
    (to[points, i] - to[points, i - 1]) * (t - at[points, i - 1]) / (at[points, i] - at[points, i - 1])
  return to[points, n]
}

# Swells in over a seconds, dies away over the last b.
function swell(a, b) { return t < a ? t / a : d - t < b ? (d - t) / b : 1 }
# Dies away: a third is left after s seconds.
function fade(s) { return exp(-t / s) }
# 1 with a wobble of depth (0.01: a sixth of a semitone) at speed hz, coming in after start.
function wobble(depth, hz, start) {
  return t < start ? 1 : 1 + \
    depth * (t - start < 0.2 ? (t - start) * 5 : 1) * sin(2 * pi * hz * (t - start))
}
function tanh(x) { x = exp(2 * (x > 9 ? 9 : x < -9 ? -9 : x)); return (x - 1) / (x + 1) }

# --- Filters -------------------------------------------------------------------------------

function low(k, x, hz,   a) { a = 1 - exp(-2 * pi * hz / rate); return z1[k] += (x - z1[k]) * a }
function high(k, x, hz) { return x - low(k, x, hz) }

# Lets through what is near hz, as strong as it was; width in Hz.
function band(k, x, hz, width,   q, c, v) {
  q = exp(-pi * width / rate)
  c = cos(2 * pi * hz / rate)
  v = (1 - q) * sqrt(1 - 2 * q * (2 * c * c - 1) + q * q) * x + 2 * q * c * z1[k] - q * q * z2[k]
  z2[k] = z1[k]; z1[k] = v
  return v
}
