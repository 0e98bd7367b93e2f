# Recipes: crowds, weather, insects and things that break. Each says what one should hear.

# A summer night: two crickets, one near and one far.
sound_crickets() {
  chirp='y = sine("wing", f) * (0.5 - 0.5 * cos(2 * pi * t / d)) * (1 + 0.3 * sine("scrape", 900))'
  near="" far=""
  for at in 0 .55 1.1 1.65 2.2; do
    near+="4350@$at/.03 4350/.015*0 4380/.035 -/.012 4400/.035 -/.012 4390/.04 "
  done
  for at in .2 .83 1.46 2.1; do
    far+="3780@$at/.03 -/.014 3800/.035 -/.014 3790/.035 "
  done
  notes near "$near" "$chirp"
  notes far "$far" "$chirp" reverb 60
  notes night "1/2.6" 'y = band("leaves", noise(), 2400, 1500) * swell(0.3, 0.4)'
  mix near far*0.4 night*0.03
}

# Ba-dum, tss.
sound_rimshot() {
  notes drums "snare/.16*.8 tom/.3 kick/.0~.4 cymbal/1.3~1.3*.6 rim@.46/.1" 'y = drum()' reverb 15
  mix drums
}

# A hall claps, swells and thins out.
sound_applause() {
  notes hands "$(scatter 380 2.6 0.07 750 2300)" 'y = band("palm", noise(), f, 700) * fade(0.009) + 0.25 * noise() * fade(0.002)' fade t 0.25 2.65 1.3 reverb 40
  notes cheer "$(scatter 10 1.2 1.1 240 520 5)" 'y = sung(f * line("0 .85 .3 1.1 1.1 .9"), 700, 1250, 2600, 0.3) * swell(0.25, 0.5)' reverb 70
  mix hands cheer@0.3*0.22
}

# A crowd is not amused: boooo, from many throats.
sound_boo() {
  notes throats "$(scatter 26 0.5 2.0 88 235 9)" '
    y = sung(f * line("0 .9 .3 1.05 1.2 1 2 .82") * wobble(0.012, 4 + 2 * r, 0.1), 320 + 60 * r, 680 + 150 * r, 2300, 0.06) * swell(0.12 + 0.2 * r, 0.7)' reverb 50
  mix throats
}

# Children cheer, and somebody has a party blower.
sound_yay() {
  notes children "$(scatter 16 0.16 1.3 330 620 21)" '
    v = f * line("0 .85 .12 1.05 .5 1.12 1.3 .85") * wobble(0.015, 5 + 2 * r, 0.1)
    y = sung(v, line("0 320 .06 330 .18 680 .6 520 1.1 400"), line("0 2300 .06 2350 .18 1900 .6 2200 1.1 2500"), 3100, 0.08) * swell(0.04, 0.45)' reverb 35
  notes blower "415/.5" 'y = (pulse("reed", f * line("0 .8 .06 1 .4 1.03 .5 .8") * wobble(0.02, 24, 0), 0.2) + 0.2 * noise()) * swell(0.03, 0.05)'
  mix children blower@0.8*0.2
}

# Incoming! A bomb whistles down and goes off.
sound_incoming() {
  speak shout en+m7 65 190 "Incoming!" overdrive 10
  notes fall "1/1.1" 'y = whistle(line("0 2400 1.1 650")) * line("0 .1 .9 1 1.1 .8")'
  notes boom "1/1.4" 'y = blast(0.45)' reverb 30
  mix shout fall@0.55*0.35 boom@1.65*0.8
}

# Night, a storm, strings that scrape a wrong chord upwards, a thunderclap.
sound_horror() {
  notes strings "D4@0/1.7 Eb4@0/1.7*.9 E4@0/1.7 Bb4@0/1.7 B4@0/1.7 F5@0/1.7 F#5@0/1.7" '
    f *= line("0 1 .8 1.02 1.7 1.4") * wobble(0.012, 9, 0)
    y = fiddle() * (0.75 + 0.25 * sin(2 * pi * 13 * t)) * line("0 .1 1.2 .7 1.7 1")' reverb 40
  notes heart "stomp/.28 stomp/.52 stomp/.28 stomp/.5" 'y = drum()'
  notes thunder "1/1.6" 'y = blast(0.7)' reverb 40
  mix strings heart*0.35 thunder@1.65*0.8
}

# The bell of a boxing ring, three times, over a floor that rumbles.
sound_rumble() {
  notes ring "880/.24~.24 880/.24~.24 880/1.4" 'y = (sine("g1", f) + 0.7 * sine("g2", f * 1.51) + 0.5 * sine("g3", f * 2.43) + 0.4 * sine("g4", f * 3.33)) * fade(0.5) + 0.4 * noise() * fade(0.004)'
  notes floor "1/2.4" 'y = tanh(3 * low("r2", low("r1", noise(), 260), 260) * 5) * (0.7 + 0.3 * sin(2 * pi * 11 * t)) * swell(0.3, 0.6)'
  speak word en+m3 15 110 "Rumble!" speed 0.9 overdrive 8
  mix ring*0.6 floor*0.25 word@0.85
}

# Sits down on something that should not have been there: a short, rude noise.
sound_butts() {
  notes toot "92/.62" '
    v = f * line("0 .8 .08 1.1 .3 .95 .5 1.15 .62 .6") * (1 + 0.5 * low("flutter", noise(), 28))
    x = pulse("lips", v, 0.12) + 0.25 * noise()
    y = (low("seat", x, 700) + 1.5 * band("cheek", x, 420, 150) + 0.5 * band("leather", x, 1250, 300)) * swell(0.02, 0.12)'
  speak word en+m1 60 140 "Butts."
  mix toot word@0.75
}

# A gong, a breath, a kick through the air, and the stands go wild.
sound_danielsan() {
  notes gong "98/1.6" 'y = 0; for (j = 1; j < 9; j++) y += sine("g" j, f * (1 + 0.63 * (j - 1) + 0.07 * j * j)) * fade(0.9 / sqrt(j)) * (j < 3 ? 1 : 0.2 + 0.8 * (1 - exp(-t * 12)))'
  notes kick "1/.28" 'y = band("leg", noise(), line("0 500 .2 2600 .28 900"), 500) * line("0 0 .2 1 .28 0")'
  notes hit "clap/.3" 'y = drum() + 0.8 * sine("body", 55 + 90 * fade(0.03)) * fade(0.1)'
  notes stands "$(scatter 18 0.3 1.5 160 480 15)" 'y = sung(f * line("0 .85 .3 1.1 1.5 .9"), 720, 1200, 2600, 0.35) * swell(0.2, 0.7)' reverb 60
  speak name en+m3 35 140 "Daniel-san!"
  mix gong*0.7 name@0.45*0.9 kick@1.2*0.8 hit@1.46 stands@1.5*0.6
}

# A very loud, very pleased laugh that thinks of something.
sound_bezos() {
  notes laugh "205/.17~.13 235/.17~.13 230/.17~.13 222/.17~.13 214/.17~.13 206/.18~.14 196/.2~.15 180/.24~.2" '
    h = t < 0.04
    y = sung(f * line("0 1.08 .06 1.03 .13 .94"), 760, 1250, 2550, h ? 1.2 : 0.1) * (h ? 0.25 + t * 18 : 1) * swell(0.01, 0.04)' reverb 25
  notes bubbles "440/.09 550/.09 700/.25" 'y = sine("bubble", f * line("0 .8 .08 1.3")) * fade(0.05)'
  mix laugh bubbles@1.6*0.4
}

# Fingers on an old keyboard, a beep: this one knows what to do.
sound_unix() {
  notes keys "$(scatter 9 0.75 0.05 1800 3200 31)" 'y = band("key", noise(), f, 900) * fade(0.006) + 0.5 * sine("cap", 240) * fade(0.008)'
  notes beep "988/.1~.08 1319/.18" 'y = pulse("beep", f, 0.5) * swell(0.005, 0.02)'
  speak words en+f4 60 165 "I know this!"
  mix keys*0.8 beep@0.8*0.35 words@1.1
}
