/** Waiting: how long before the next try, and in a way that can be cut short. */

/** How long to wait before the next try: at once after the first loss, then longer and longer, never in step with others. */
export function backoff(failures: number, chance: number, retryAfter: number | null): number {
  const longest = failures <= 1 ? 400 : Math.min(30_000, 500 * 2 ** (failures - 1));
  return Math.max(retryAfter ?? 0, longest / 2 + (chance * longest) / 2);
}

/** Waits; until, asked a few times a second, may end that early. */
export async function pause(time: number, until: () => boolean = () => false): Promise<void> {
  for (const end = Date.now() + time; Date.now() < end && !until(); ) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, time)));
  }
}

/** A wait that is over early when something makes it worth trying at once. */
export class Nap {
  private end: () => void = () => undefined;

  take(time: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      this.end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.end();
  }
}
