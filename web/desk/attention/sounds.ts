/** The desk's three sounds, made when they are needed: nothing is fetched. */

export type Sound = 'ring' | 'message' | 'ended';

/** Each note: its pitch (Hz), when it begins and how long it sounds (seconds). */
const notes: Readonly<Record<Sound, readonly (readonly [pitch: number, at: number, length: number])[]>> = {
  ring: [[659.3, 0, 0.5], [880, 0.14, 0.7], [659.3, 0.5, 0.5], [880, 0.64, 0.8]],
  message: [[784, 0, 0.18]],
  ended: [[523.3, 0, 0.2], [392, 0.14, 0.35]],
};

let context: AudioContext | null = null;

export function play(sound: Sound, volume: number): void {
  if (volume <= 0 || typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume(); // until the agent has touched the page
  const now = context.currentTime;
  for (const [pitch, at, length] of notes[sound]) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, now + at);
    gain.gain.linearRampToValueAtTime(volume * 0.25, now + at + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, now + at + length);
    tone.connect(gain).connect(context.destination);
    tone.start(now + at);
    tone.stop(now + at + length);
  }
}
