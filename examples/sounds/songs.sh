# Recipes: a bar or two of made-up music in the manner the name asks for; no known tune.

# A small cat sings nyan three times over a bouncing video game.
sound_nyan() {
  notes game "E5/.1 B5/.1 G#5/.1 B5/.1 F#5/.1 C#6/.1 A5/.1 C#6/.1 G#5/.1 E6/.1 B5/.1 E6/.3" 'y = pulse("game", f, 0.25) * (0.4 + 0.6 * fade(0.06))'
  notes bass "E3/.2~.15 E4/.2~.15 F#3/.2~.15 F#4/.2~.15 E3/.2~.15 E4/.4" 'y = triangle("bass", f) * swell(0.005, 0.02)'
  notes cat "E5/.4~.34 F#5/.4~.34 G#5/.55" '
    v = f * line("0 .85 .07 1 .25 1 .5 .93") 
    y = sung(v, line("0 280 .08 350 .16 900 .28 700 .34 350"), line("0 2300 .08 2500 .16 1700 .28 1500 .34 1200"), 3000, 0.03) * swell(0.03, 0.08)'
  mix game*0.25 bass*0.4 cat
}

# A cheerful baritone who has forgotten the words: tro-lo-lo-lo-lo.
sound_trololo() {
  notes baritone "G3/.3~.28 C4/.2~.18 E4/.2~.18 D4/.2~.18 C4/.2~.18 E4/.4~.36 C4/.7" '
    v = f * wobble(0.015, 5.5, 0.12) * line("0 .96 .06 1")
    # The tongue leaves an L behind: the vowel opens after a twentieth of a second.
    y = sung(v, line("0 320 .05 330 .09 480"), line("0 1150 .05 1100 .1 830"), 2500, 0.02) * line("0 .3 .05 .45 .09 1") * swell(0.02, 0.05)'
  notes roll "1/.1" 'y = low("t", noise(), 3000) * fade(0.02) + 0.7 * sung(196, 400, 1300, 2000, 0.05) * (sin(2 * pi * 28 * t) > 0)'
  notes band "C3/.4 G2/.4 C3/.4 G2/.4 C3/.5" 'y = pluck(f, 0.3, 0.99)'
  notes chords "-/.2 E4+G4/.4~.12 E4+G4/.4~.12 F4+G4/.4~.12 E4+G4/.4~.12" 'y = guitar()'
  mix roll*0.7 baritone@0.07 band@0.1*0.5 chords@0.1*0.3
}

# From a mountain: yo-de-lay-ee-hoo, the voice flips between chest and head, and echoes.
sound_yodel() {
  notes call "G3/.22 E4/.18 C4/.25 A4/.4 G4/.9" '
    v = f * wobble(0.012, 5.5, 0.25) * line("0 .93 .03 1")
    head = f > 300
    f1 = f > 430 ? 330 : f > 380 ? 340 : f > 300 ? 420 : f > 250 ? 560 : 450
    f2 = f > 430 ? 2300 : f > 380 ? 850 : f > 300 ? 1900 : f > 250 ? 1500 : 850
    y = sung(v, f1, f2, 2700, 0.03) * swell(0.02, 0.03) + 0.3 * head * sine("head", v)' \
    echos 0.8 0.7 420 0.35 700 0.15
  mix call
}

# A barn dance: a fiddle saws away over a banjo and stamping feet.
sound_cottoneyejoe() {
  notes fiddle "D5/.11 E5/.11 F#5/.22 F#5/.11 E5/.11 F#5/.11 A5/.11 B5/.22 A5/.11 F#5/.11 E5/.11 D5/.11 D5+A5/.44" 'y = fiddle()'
  notes banjo "D4/.11~.3 A4/.11~.3 F#4/.11~.3 A4/.11~.3 D4/.11~.3 A4/.11~.3 F#4/.11~.3 A4/.11~.3 B3/.11~.3 G4/.11~.3 D4/.11~.3 G4/.11~.3 A3/.11~.3 G4/.11~.3 C#4/.11~.3 A4/.11~.3 D4+A4+D5/.4" 'y = banjo()'
  notes feet "stomp/.22 clap/.22 stomp/.22 clap/.22 stomp/.22 clap/.22 stomp/.22 clap/.22 stomp/.3" 'y = drum()'
  mix fiddle banjo*0.6 feet*0.7
}

# A rock stinger of the big-hair years: drum fill, power chords, a guitar that climbs.
sound_loggins() {
  rock "A2+E3+A3/.3~.27 A2+E3+A3/.15~.13 C3+G3+C4/.3~.28 D3+A3+D4/.3~.28 A2+E3+A3/1.1"
  notes lead "-/1.05 A4/.12 C5/.12 D5/.12 E5/.8" 'f *= wobble(0.012, 5.5, 0.15); y = low("lead", saw("lead", f), 3500) * swell(0.01, 0.2)' overdrive 15
  notes drums "snare/.15 snare/.15 kick/.15 snare/.3 kick/.3 kick+cymbal/.6" 'y = drum()'
  mix guitars lead*0.4 drums*0.8
}

# A jet goes over, the guitar growls: danger zone.
sound_dangerzone() {
  rock "E2+B2+E3/.18~.15 E2+B2+E3/.18~.15 G2+D3+G3/.36~.33 E2+B2+E3/.9"
  notes drums "kick/.18 kick/.18 snare/.36 kick+cymbal/.9" 'y = drum()'
  notes jet "1/1.6" 'y = (low("roar", noise(), 700) * 2 + band("whine", noise(), line("0 2600 .7 2300 1.6 1100"), 200)) * line("0 0 .6 1 1.6 0")'
  speak words en+m7 45 150 "Danger zone!" overdrive 6 reverb 30
  mix guitars*0.28 drums*0.35 jet@0.1*0.25 words@0.75
}

# Electric guitars through an overdriven amplifier: a score of chords becomes the part guitars.
rock() {
  notes guitars "$1" 'y = guitar() + 0.4 * low("body", saw("body", f), 1200) * swell(0.005, 0.03)' \
    gain -n -8 overdrive 30 10 lowpass 4200 reverb 15
}

# A drum machine and a synth bass; two voices: push it.
sound_pushit() {
  notes drums "kick/.24 hat/.12 hat/.12 snare/.24 hat/.12 kick/.12 kick/.24 hat/.24 snare/.12 snare/.12 snare/.24" 'y = drum()'
  notes bass "D2/.24 D3/.12 C3/.12 D2/.24 A2/.12 C3/.12 D2/.24 D3/.24 F2/.24 D2/.24" 'y = bass()'
  speak one en+f2 55 150 "Push it!"
  speak two en+f4 35 150 "Push it!"
  mix drums*0.6 bass*0.35 one@0.48 two@0.5*0.7 one@1.3*0.8 two@1.32*0.7
}

# A slow strut of bass and finger snaps; somebody whistles after somebody.
sound_sexyback() {
  notes drums "kick/.3 clap/.3 kick/.15 kick/.15 clap/.3 kick/.3 clap/.3 kick/.5" 'y = drum()'
  notes bass "E2/.3 E2/.15 G2/.15 -/.15 E2/.15 D2/.15 E2/.15 E2/.3 G2/.15 A2/.15 E2/.5" 'y = bass()' overdrive 10
  notes wolf "1/1.1" 'y = whistle(t < 0.42 ? line("0 750 .08 800 .36 2300 .42 2300") : line("0 900 .48 900 .68 1700 1.1 600")) * (t < 0.36 ? swell(0.04, 0.05) : t < 0.48 ? line("0 1 .36 1 .4 0 .46 0 .48 1") : swell(0.05, 0.12))'
  mix drums*0.7 bass*0.7 wolf@0.6*0.7
}

# A heavy engine starts, a beat drops: roll out.
sound_rollout() {
  notes engine "1/1.3" 'y = tanh(2 * low("engine", saw("cyl", line("0 28 .3 40 .9 95 1.3 70")) + 0.6 * saw("cyl2", line("0 14 .3 20 .9 47.5 1.3 35")) + 0.5 * noise(), 700)) * line("0 0 .1 .8 .9 1 1.3 0")'
  notes drums "kick/.2 hat/.1 kick/.1 snare/.2 hat/.1 hat/.1 kick/.2 kick/.2 snare/.4" 'y = drum()'
  notes bass "F1+F2/.4 F2/.2 Ab2/.2 Bb1+Bb2/.2 Ab2/.2 F1+F2/.4" 'y = bass()'
  speak words en+m7 20 150 "Roll out!" overdrive 5
  mix engine*0.5 drums@0.8*0.5 bass@0.8*0.35 words@1.0
}

# Everybody claps on two and four; a deep drop, a shout: whoomp.
sound_whoomp() {
  notes drop "1/.7" 'y = sine("drop", 40 + 160 * fade(0.12)) * fade(0.3) + low("air", noise(), 500) * fade(0.06)' overdrive 8
  notes drums "kick/.22 clap/.22 kick/.22 clap/.22 kick/.11 kick/.11 clap/.22 kick/.22 clap/.4" 'y = drum()'
  speak shout en+m7 40 140 "Whoomp!" overdrive 8
  speak answer en+m1 60 170 "There it is!"
  mix drop*0.7 shout drums@0.35*0.6 answer@0.8
}

# A circus that cannot play: tuba oom-pah, a squeaky tune, and a clown honks his nose.
sound_clowntown() {
  notes tuba "C2/.2~.16 -/.2 G1/.2~.16 -/.2 C2/.2~.16 -/.2 G1/.2~.16 -/.2 C2/.3" 'y = brass(9)'
  notes pah "-/.2 E4+G4/.4~.1 F4+G4/.4~.1 E4+G4/.4~.1 D4+F4/.4~.1" 'y = brass(4)'
  notes tune "G5/.1 F#5/.1 G5/.1 E5/.1 C5/.2 A5/.2 G#5/.1 A5/.1 F5/.1 D5/.1 B4/.2 G5/.2" 'y = (triangle("pipe", f * wobble(0.02, 9, 0)) + 0.3 * sine("pipe2", 3 * f)) * swell(0.02, 0.03)'
  notes nose "290/.22~.17 290/.35~.3" 'v = f * line("0 .8 .03 1 .3 .72"); x = pulse("nose", v, 0.15); y = (0.3 * x + band("rubber", x, 900, 250)) * swell(0.01, 0.04)'
  mix tuba*0.7 pah*0.4 tune*0.45 nose@1.62*0.8
}

# An awkward silence set to music: a tuba plods down the stairs, a mandolin shrugs.
sound_curb() {
  notes tuba "F2/.32~.26 C2/.32~.26 E2/.32~.26 Eb2/.32~.26 D2/.32~.26 -/.16 C#2/.16~.14 C2/.6" 'y = brass(9)'
  notes mandolin "-/.16 A4+C5/.32~.25 A4+C5/.32~.25 G4+Bb4/.32~.25 G4+Bb4/.32~.25 F#4+A4/.32~.25 -/.16 E4+Bb4/.5" 'y = banjo() + 0.5 * pluck(f * 1.004, 0.9, 0.985)'
  mix tuba mandolin*0.5
}

# Wind over snow, ice crystals ring, a wide chord: let it go.
sound_letitgo() {
  notes wind "1/2.4" 'y = band("wind", noise(), line("0 500 .8 1100 1.4 700 2.4 400"), 180) * line("0 .2 .8 1 1.4 .6 2.4 0")'
  notes ice "$(scatter 14 1.6 0.9 1900 4200 3)" 'y = chime(0.3)'
  notes chord "F3+C4+A4/1.1~1.2 G3+D4+B4/1.1" 'y = pad()' reverb 50
  speak words en+f3 65 120 "Let it go!" reverb 60
  mix wind*0.3 ice*0.25 chord*0.4 words@0.5
}
