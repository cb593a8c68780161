import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { words } from '../app/controller';
import { Poll, type Polled } from './poll';

/** Keeps asking while the page is in front. ask must not change as long as the same is asked. */
export function usePoll<T>(ask: (before: T | null) => Promise<T>, every: number): Polled<T> & Readonly<{ hurry(): void }> {
  const [poll, setPoll] = useState(() => new Poll(ask, every, words));
  useEffect(() => {
    const mine = new Poll(ask, every, words);
    setPoll(mine);
    const look = () => (document.visibilityState === 'visible' ? mine.start() : mine.stop());
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      mine.stop();
    };
  }, [ask, every]);
  const state = useSyncExternalStore(poll.watch, () => poll.state);
  const hurry = useCallback(() => poll.hurry(), [poll]);
  return { ...state, hurry };
}
