/**
 * The sound of a message: two soft notes made by the browser, no file. Browsers
 * let a page sound only after somebody has touched it; until then it is quiet.
 */
export class Sound {
  private context: AudioContext | null = null;
  private last = 0;

  play(): void {
    const now = Date.now();
    if (now - this.last < 1500) return;
    this.last = now;
    try {
      this.context ??= new AudioContext();
      if (this.context.state === 'suspended') void this.context.resume();
      note(this.context, 660, 0);
      note(this.context, 880, 0.09);
    } catch {
      // A browser without sound has no sound.
    }
  }

  close(): void {
    void this.context?.close();
    this.context = null;
  }
}

function note(context: AudioContext, frequency: number, after: number): void {
  const at = context.currentTime + after;
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.09, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.4);
}
