# The verbs that recipes are written in: notes, speak, mix; and what make does with the result.
#
# Every part is mono, 24 kHz, and comes out equally loud, so the gains in a mix compare. The
# words after the last argument of notes and speak are sox effects for that part alone.

rate=24000

# notes PART SCORE INSTRUMENT [EFFECT...]: plays a score on an instrument (see synth.awk).
notes() {
  local part=$1 score=$2 instrument=$3
  shift 3
  printf 'function sample() {\n%s\n}\n' "$instrument" >"$parts/$part.awk"
  awk -v rate=$rate -v score="$score" \
    -f "$folder/synth.awk" -f "$folder/instruments.awk" -f "$parts/$part.awk" >"$parts/$part.dat"
  level "$parts/$part.dat" "$part" "$@"
}

# speak PART VOICE PITCH SPEED TEXT [EFFECT...]: says it. Pitch 0 to 99, speed in words a minute.
speak() {
  local part=$1 voice=$2 pitch=$3 speed=$4 text=$5
  shift 5
  espeak-ng -v "$voice" -p "$pitch" -s "$speed" -a 100 -w "$parts/$part.said.wav" "$text"
  # Compressed, so that it is understood over the scenery and on a small loudspeaker.
  level "$parts/$part.said.wav" "$part" \
    silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse \
    compand 0.003,0.08 -70,-70,-45,-30,-20,-14,-10,-11 "$@"
}

# level FILE PART [EFFECT...]: brings a part to the common rate, format and loudness.
level() {
  local file=$1 part=$2 word effects=()
  shift 2
  for word in "$@"; do
    # Room to ring out (sox would stop with the last sample that goes in), and to get louder.
    case $word in reverb | echo | echos) effects+=(pad 0 0.5 gain -6) ;; esac
    effects+=("$word")
  done
  sox "$file" -c 1 -b 32 "$parts/$part.wav" gain -n -12 rate $rate "${effects[@]}" gain -n -3
}

# mix PART[@SECONDS][*GAIN]...: lays parts over each other into the finished sound.
mix() {
  local part start gain inputs=() layer=0
  for part in "$@"; do
    gain=1 start=0
    [[ $part == *\** ]] && gain=${part#*\*} part=${part%\**}
    [[ $part == *@* ]] && start=${part#*@} part=${part%@*}
    layer=$((layer + 1))
    sox "$parts/$part.wav" "$parts/layer$layer.wav" \
      gain "$(awk "BEGIN { print 20 * log($gain / 8) / log(10) }")" pad "$start"
    inputs+=(-v 1 "$parts/layer$layer.wav")
  done
  # A silent layer, since sox mixes two files or more.
  sox -n -r $rate -c 1 -b 32 "$parts/layer0.wav" trim 0 0.01
  sox -m -v 1 "$parts/layer0.wav" "${inputs[@]}" "$parts/mix.wav"
}

# scatter COUNT SECONDS LENGTH LOW HIGH [SEED]: a score of COUNT notes at random times and pitches.
scatter() {
  awk -v n="$1" -v span="$2" -v length_="$3" -v low="$4" -v high="$5" -v seed="${6:-7}" '
    function chance() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
    BEGIN {
      for (i = 0; i < 9; i++) chance()
      for (i = 0; i < n; i++) {
        pitch = low * exp(chance() * log(high / low)); start = chance() * span
        printf "%.2f@%.4f/%s*%.2f ", pitch, start, length_, 0.3 + 0.7 * chance()
      }
    }'
}

# encode WAV MP3: trims silence, fades the ends, sets the peak to -1.5 dB, and encodes.
# What would be louder on average than -15 dB (horns, mostly) is turned down to that.
encode() {
  local rms
  sox "$1" "$1.trimmed.wav" highpass 30 gain -n -1.5 silence 1 0.002 0.1% \
    reverse silence 1 0.002 0.6% fade t 0.04 reverse fade t 0.003 gain -n -1.5
  rms=$(sox "$1.trimmed.wav" -n stats 2>&1 | awk '/^RMS lev dB/ { print $4 }')
  sox "$1.trimmed.wav" -D -b 16 "$1.done.wav" \
    gain "$(awk "BEGIN { over = $rms + 15; print (over > 0 ? -over : 0) }")"
  lame --quiet -m m -q 0 -V 6.5 "$1.done.wav" "$2"
}

# measure NAME MP3: one row of the table; stops at a sound that is silent or too long.
measure() {
  local seconds peak rms
  seconds=$(soxi -D "$2")
  read -r peak rms < <(sox "$2" -n stats 2>&1 |
    awk '/^Pk lev dB/ { peak = $4 } /^RMS lev dB/ { print peak, $4 }')
  printf '%-14s %7.2f %8s %8s %7d\n' "$1" "$seconds" "$peak" "$rms" "$(stat -c %s "$2")"
  awk "BEGIN { exit !($seconds > 0.3 && $seconds < 4.5 && $rms > -40) }" ||
    { echo "$1 is silent, too short or too long." >&2; return 1; }
}
