# Recipes: somebody says it, with a little scenery. The voices are espeak-ng's; nobody's voice.

# A shout, three times, hoarser each time: developers!
sound_ballmer() {
  speak one en+m7 50 175 "Developers!" overdrive 8
  speak two en+m7 62 180 "Developers!" overdrive 12
  speak three en+m7 75 185 "Developers!" overdrive 18
  mix one two@0.72 three@1.42
}

# A teacher without hope calls a name, waits, and asks the room.
sound_bueller() {
  speak name en+m2 12 120 "Bueller."
  speak anyone en+m2 14 120 "Anyone?"
  mix name name@0.95 anyone@1.9
}

# An exasperated countryman whose fish got away, and a twang.
sound_dadgummit() {
  speak words en-us+m5 45 175 "Dad gummit!" overdrive 4
  notes twang "E3/.08~.4 G3/.08~.4 B2/.5" 'f *= line("0 1.06 .1 1"); y = banjo()'
  mix words twang@0.7*0.6
}

# A flat refusal, and a buzzer that agrees.
sound_donotwant() {
  speak words en+m3 55 140 "Do not want!" overdrive 6
  notes wrong "110+117/.55" 'y = pulse("wrong", f, 0.4) * swell(0.01, 0.03)'
  mix words wrong@0.95*0.25
}

# The announcer of a fighting game: flawless. And a sword sparkles.
sound_flawless() {
  speak word en+m3 8 105 "Flawless!" speed 0.85 overdrive 8 reverb 60
  notes sparkle "$(scatter 10 0.5 0.6 2400 5000 8)" 'y = chime(0.2)'
  mix word sparkle@0.75*0.3
}

# Over a crackling radio: go, go, go!
sound_gogogo() {
  speak words en+m7 55 200 "Go! go! go!" overdrive 15 highpass 500 lowpass 2800
  notes static "1/.12 -/1.3 1/.14" 'y = band("static", noise(), 1900, 1500)'
  mix static*0.5 words@0.12
}

# A friendly machine means it: great job! With a happy little chime.
sound_greatjob() {
  speak words en+f3 62 160 "Great job!"
  notes chime "C5/.1~.7 E5/.1~.7 G5/.1~.7 C6/.6~.8" 'y = chime(0.4)'
  mix words chime@0.6*0.6
}

# A salesman in a suit gives his word, and a till rings.
sound_guarantee() {
  speak words en-us+m1 22 150 "I guarantee it."
  notes till "rim/.09" 'y = drum()'
  notes ding "2093/.8" 'y = chime(0.35)'
  mix words till@1.15*0.6 ding@1.22*0.5
}

# Smooth and slow, with a glissando behind it: hey, girl.
sound_heygirl() {
  speak words en+m3 18 110 "Hey, ... girl." reverb 25
  notes harp "C4/.05~1 E4/.05~1 G4/.05~1 B4/.05~1 D5/.05~1 E5/.05~1 G5/.05~1 B5/.05~1 D6/.9~1" 'y = harp()' reverb 40
  mix words@0.25 harp*0.45
}

# Indignant, with a stress on every syllable: inconceivable!
sound_inconceivable() {
  speak word en+m2 65 135 "Inconceivable!"
  notes pluck "G4/.1~.3 Eb4/.4" 'y = harp()'
  mix word pluck@1.15*0.5
}

# A host loses his temper and slams the desk: we'll do it live!
sound_live() {
  speak words en-us+m7 60 185 "We'll do it live!" overdrive 14
  notes desk "stomp/.5" 'y = drum() + 0.5 * noise() * fade(0.01)' reverb 20
  mix words desk@1.0
}

# A calm order on the bridge of a ship; the console acknowledges; the engines wake.
sound_makeitso() {
  speak words en-gb+m3 25 130 "Make it so."
  notes console "1568/.07~.06 2093/.07~.06 1760/.12" 'y = sine("console", f) * swell(0.005, 0.02)'
  notes engines "1/1.2" 'y = low("core", saw("core", line("0 40 1.2 130")) + 0.4 * noise(), line("0 150 1.2 1400")) * line("0 0 .8 1 1.2 0")'
  mix words console@0.95*0.35 engines@1.1*0.5
}

# Hmm ... maybe? A voice that goes up and a string that cannot decide.
sound_maybe() {
  speak word en+f2 55 115 "Maybe?" bend .25,350,.35
  notes string "E4/.2~.4 F4/.2~.4 E4/.2~.4 F4/.5" 'y = harp()'
  mix word string@0.6*0.3
}

# Noooo, downwards, in a place with a long echo.
sound_noooo() {
  notes cry "165/2.2" '
    v = f * line("0 .85 .12 1.1 .5 1.15 1.2 1 2.2 .72") * wobble(0.018, 5.5, 0.5)
    # The mouth opens from n to o and closes a little to the end.
    y = sung(v, line("0 260 .1 270 .2 520 1.2 470 2.2 380"), line("0 1200 .1 1250 .22 950 1.2 850 2.2 750"), 2500, 0.08) * line("0 .25 .1 .35 .2 1 1.4 1 2.2 0")' \
    overdrive 6 reverb 60
  mix cry
}

# A raised eyebrow: oh my. Low, slow, amused.
sound_ohmy() {
  speak words en+m3 14 85 "Oh my!" speed 0.88 reverb 15
  mix words
}

# A giant jug breaks through the wall and is delighted: oh yeah!
sound_ohyeah() {
  notes wall "1/.8" 'y = blast(0.22)'
  notes bricks "$(scatter 24 0.6 0.08 300 1800 19)" 'y = band("brick", noise(), f, 250) * fade(0.015)'
  speak words en+m3 12 105 "Oh yeah!" speed 0.78 overdrive 8 reverb 20
  mix wall bricks@0.05*0.6 words@0.45
}

# The story is over; a wise voice and two warm chords: and now you know.
sound_story() {
  speak words en+m3 25 125 "And now, you know."
  notes chords "C3+G3+E4/.7~.8 F3+C4+A4/1.2" 'y = pad() + 0.3 * organ()' reverb 40
  mix words@0.1 chords@0.5*0.5
}

# Quick and bright, thumbs up: totes! And a pop.
sound_totes() {
  speak word en+f4 78 165 "Totes!"
  notes pop "1/.1" 'y = sine("pop", line("0 350 .06 1300")) * fade(0.03)'
  mix word pop@0.62*0.7
}

# Whaaat? Up, up and up.
sound_what() {
  speak word en+f3 60 80 "[[w'0:t]]?" tempo -s 0.55 bend .1,600,.7
  mix word
}

# A shout, a chord and a crash: yeah!
sound_yeah() {
  rock "A2+E3+A3+C#4/1.2"
  notes crash "kick+cymbal/1.2" 'y = drum()'
  speak word en+m7 60 110 "Yeah!" tempo -s 0.7 overdrive 12 reverb 25
  mix word guitars@0.45*0.35 crash@0.45*0.35
}
