import { useEffect, useRef, useState } from 'react';
import { bodyOf, summary, whoOf } from '../conversation/rows';
import { nameOf, useChat, useSession } from '../session';
import { Avatar } from './avatar';
import { Icon } from './icon';

/** The newest message that others have sent, in one line. */
export function useNewest(): { id: string; name: string; words: string; who: 'agent' | 'bot' | 'system' } | null {
  const session = useSession();
  const { items, me } = useChat();
  const last = items.findLast((i) => i.kind !== 'event' && whoOf(i, me) !== 'me');
  if (last === undefined) return null;
  const who = whoOf(last, me) as 'agent' | 'bot' | 'system';
  return { id: last.id, who, name: nameOf(session, who, last.author?.name ?? ''), words: summary(bodyOf(last)) };
}

/** What was said last, beside the closed launcher, until somebody waves it away. */
export function Preview({ open }: { open(): void }) {
  const { language } = useSession();
  const { unread } = useChat();
  const newest = useNewest();
  const [dismissed, dismiss] = useState('');
  if (newest === null || unread === 0 || dismissed === newest.id || newest.words === '') return null;
  return (
    <aside className="preview" part="preview">
      <button type="button" className="said" onClick={open}>
        <Avatar who={newest.who} name={newest.name} small />
        <span dir="auto">
          <b>{newest.name}</b>
          <span className="words">{newest.words}</span>
        </span>
      </button>
      <button type="button" className="tool" aria-label={language.say('dismiss')} onClick={() => dismiss(newest.id)}>
        <Icon name="close" />
      </button>
    </aside>
  );
}

/** Says aloud who said what, once, to people who listen and not look. */
export function Announcer() {
  const newest = useNewest();
  const { phase } = useChat();
  const heard = useRef<string | null>(null);
  const [words, setWords] = useState('');
  useEffect(() => {
    if (phase !== 'open') return;
    // What was there when the chat was opened is read, and not announced.
    if (heard.current !== null && newest !== null && newest.id !== heard.current) setWords(`${newest.name}: ${newest.words}`);
    heard.current = newest?.id ?? '';
  }, [newest?.id, phase]);
  return (
    <div className="aside" aria-live="polite" aria-atomic="true">
      {words}
    </div>
  );
}
