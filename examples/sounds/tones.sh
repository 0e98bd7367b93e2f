# Recipes: one instrument, horn or machine at a time. Each says what one should hear.

# A single stroke on a clear, large bell.
sound_bell() {
  notes stroke "D5/2.4" 'y = bell(1.1) + 0.2 * noise() * fade(0.004)'
  mix stroke
}

# A short fanfare: three quick brass chords and a long one, with a cymbal.
sound_tada() {
  notes brass "G3+C4+E4+G4/.13~.11 G3+C4+E4+G4/.13~.11 G3+C4+E4+G4/.13~.11 C4+E4+G4+C5/1.2" 'y = brass(7)'
  notes crash "cymbal/1.3" 'y = drum()'
  mix brass crash@0.39*0.5
}

# A muted trombone gives up in four steps: wah, wah, wah, waaah.
sound_trombone() {
  notes sad "D4/.36~.32 C#4/.36~.32 C4/.36~.32 B3/1.3" '
    v = f * (d > 1 ? wobble(0.025, 5.5, 0.1) * line("0 1 .7 1 1.3 .94") : 1)
    wah = d > 1 ? 500 + 700 * (0.5 + 0.5 * sin(2 * pi * 5.5 * t)) : line("0 350 .13 1700 .32 350")
    x = saw("slide", v)
    y = (0.5 * low("soft2", low("soft", x, wah), wah) + band("mute", x, wah, 200)) * swell(0.04, 0.08)' \
    reverb 20
  mix sad
}

# A stadium horn out of tune with itself: one long bray.
sound_vuvuzela() {
  notes bray "231/2.4 234@0.12/2.2*.8 229@0.2/2.1*.7 236@.3/1.9*.6" '
    x = brass(14) + 0.5 * pulse("rasp", f * wobble(0.004, 7, 0), 0.15) * swell(0.1, 0.2)
    y = x + 1.2 * band("plastic", x, 930, 200)'
  mix bray
}

# A saxophone in the evening: a lazy run up, a held note, a fall.
sound_sax() {
  notes lick "D4/.16~.18 F4/.16~.18 G4/.16~.18 A4/.48~.5 G4/.16~.18 C5/1.3" 'y = saxophone()' reverb 45
  mix lick
}

# A coin jumps out of a box: a blip and a ringing note above it.
sound_mario_coin() {
  notes coin "G5/.07 E6/.8" 'y = pulse("coin", f, 0.5) * (d > 0.5 ? fade(0.25) : 1)'
  mix coin
}

# A hand-held air horn at a match: three short blasts and a long one.
sound_airhorn() {
  notes blast "415+523+622/.2~.15 415+523+622/.2~.15 415+523+622/.2~.15 415+523+622/1.1" '
    f *= (1 - 0.12 * exp(-t * 45)) * (d > 1 ? line("0 1 .8 1 1.1 .9") : 1)
    y = buzzer() + 0.08 * noise()'
  mix blast
}

# A modem dials, is answered, chirps and hisses.
sound_56k() {
  # Two tones for each key, as on any telephone.
  notes dial "697/.09~.06 852/.09~.06 770/.09~.06 941/.09~.06 697/.09~.06 852/.09~.06" '
    y = sine("row", f) + sine("column", r < 0.33 ? 1209 : r < 0.66 ? 1336 : 1477)'
  notes answer "2100/.5" 'y = sine("answer", f) * swell(0.01, 0.01)'
  # Two modems calling bits to each other.
  notes bits "1180/.45 1750/.45" '
    if (t >= next_bit || t == 0) { bit = noise() > 0 ? 100 : -100; next_bit = t + 1 / 75 }
    y = sine("bit", f + bit)'
  notes probe "1/.14 1/.14" '
    y = 0
    for (j = 1; j < 16; j++) y += sine("probe" j, 220 * j) * fade(0.09)'
  notes hiss "1/1.1" 'y = band("line", noise(), 1800, 1500) + 0.35 * noise() + 0.3 * sine("carrier", 1800)' fade t 0.02 1.1 0.3
  mix dial@0*0.7 answer@0.65*0.5 bits@1.2*0.7 probe@2.15*0.8 hiss@2.45*0.6
}

# A goose: two nasal honks.
sound_honk() {
  notes goose "330/.3~.22 350/.4~.34" '
    v = f * line("0 .75 .03 1.1 .12 1 .3 .8")
    x = pulse("beak", v, 0.2) + 0.5 * pulse("crack", v * 0.502, 0.3) + 0.15 * noise()
    y = (0.25 * x + 2 * band("n1", x, 780, 160) + 1.5 * band("n2", x, 1500, 220) + 0.8 * band("n3", x, 2900, 400)) * swell(0.012, 0.06)'
  mix goose
}

# A car horn: one short toot, one impatient one.
sound_horn() {
  notes car "392+494/.25~.17 392+494/.85" 'y = buzzer()'
  mix car
}

# A battered horn blown by somebody who cannot: cracks, wobbles, dies.
sound_greyjoy() {
  notes bad "175/1.7" '
    v = f * line("0 .8 .15 1 .5 1.01 .55 1.5 .7 1.47 .74 1 1.1 .97 1.7 .6") * (1 + 0.03 * low("unsure", noise(), 9))
    x = saw("bad", v) + 0.5 * noise() * line("0 .6 .2 .15 1.1 .2 1.7 1")
    y = (low("dull", x, 2200) + band("tin", x, 1150, 120)) * swell(0.05, 0.5) * (1 + 0.5 * low("spit", noise(), 25))'
  mix bad
}

# A secret door: a harp runs up in whole tones and glitters.
sound_secret() {
  notes run "C5/.09~1.2 D5/.09~1.2 E5/.09~1.2 F#5/.09~1.2 G#5/.09~1.2 A#5/.09~1.2 C6/.09~1.2 E6/.3~1.2" 'y = harp()' reverb 40
  notes glitter "$(scatter 9 0.8 0.5 2600 5200 11)" 'y = chime(0.15)'
  mix run glitter@0.65*0.15
}

# A wish on a star: it whooshes across and ends in a warm chime.
sound_tmyk() {
  notes comet "1/.9" 'y = band("tail", noise(), line("0 900 .8 4500"), 500) * line("0 0 .6 1 .9 0") + 0.25 * sine("star", line("0 700 .8 2800")) * line("0 0 .5 .6 .9 0")'
  notes chime "F4/.16~1.6 A4/.16~1.6 C5/.16~1.6 G5/1.4" 'y = chime(0.7) + 0.3 * triangle("warm", f) * fade(0.6)' reverb 40
  mix comet*0.5 chime@0.75
}

# A grave voice says where to go; a wall of low brass, and everything sinks one level.
sound_deeper() {
  notes low "D2+A2+D3/2" '
    y = brass(5 + 5 * line("0 1 .3 1 2 0")) * line("0 1 .3 1 2 .25")' overdrive 8 reverb 50
  speak word en+m3 5 110 "Deeper." speed 0.8
  mix word low@0.7*0.8
}

# Somebody trips: an uncertain oops, a slide whistle down, a splat.
sound_wups() {
  speak word en+f3 75 150 "[[w'Ups]]!"
  notes slide "1/.55" 'y = whistle(line("0 1700 .55 380")) * swell(0.03, 0.03)'
  notes splat "1/.3" 'y = low("mud", noise(), 900) * 3 * fade(0.05) + sine("thud", 60 + 90 * fade(0.04)) * fade(0.06)'
  mix word slide@0.4*0.5 splat@1.0
}

# Three blows of a theatre organ, the third held: something terrible was said.
sound_drama() {
  notes organ "C3+Eb4+F#4+A4/.32~.26 C3+Eb4+F#4+A4/.32~.26 B2+D4+F4+Ab4+B4/1.5" 'y = organ() * wobble(0.25, 6, 0.3)' reverb 55
  notes thunder "1/1.4" 'y = blast(0.6)'
  mix organ thunder@0.62*0.6
}

# A computer that is cross: buzzing speech, then a falling tone.
sound_glados() {
  # Chopped at a musical pitch, the voice loses what was human about it.
  speak plain en+f2 40 150 "The test subject has failed again."
  speak voice en+f2 40 150 "The test subject has failed again." synth square fmod 55 bass +4 overdrive 6 lowpass 5500 echo 0.8 0.7 12 0.5
  notes power "1/.5" 'y = low("hum", saw("down", line("0 420 .5 55")), 1500) * swell(0.01, 0.1)'
  mix voice*0.8 plain*0.6 power@2.15*0.4
}
