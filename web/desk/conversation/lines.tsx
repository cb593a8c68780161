import { Fragment, memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Item } from '../../chat/item';
import { receiptOf, type Pending, type Transcript } from '../../chat/transcript/transcript';
import { Avatar, Button, Icon, Markdown } from '../../ui';
import { clock, day, sameDay } from '../app/times';
import { cardOf, happening, plain, sideOf, speaker, withLinks } from './words';
import './lines.css';

/** How many lines are drawn at first, and how many more each time one scrolls up. */
const step = 120;

export type LinesProps = Readonly<{
  label: string;
  transcript: Transcript;
  /** Whether there are items before those of the transcript, and how to get them. */
  earlier: boolean;
  busy: boolean;
  onEarlier(): void;
  /** Whether new lines are read out. */
  announce: boolean;
  language: string;
  onRetry?(p: Pending): void;
  onDiscard?(p: Pending): void;
  onFile?: ((id: string) => void) | undefined;
}>;

/** What was said, newest at the end. It stays at the end while one is there, and in place when older lines come in above. */
export function Lines({ label, transcript, earlier, busy, onEarlier, announce, language, onRetry, onDiscard, onFile }: LinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const [drawn, setDrawn] = useState(step);
  const { items, pending } = transcript;
  const first = Math.max(0, items.length - drawn);
  const oldest = items[first]?.id;
  const kept = useRef({ oldest, height: 0 });

  useLayoutEffect(() => {
    const el = box.current;
    if (el === null) return;
    if (atEnd.current) el.scrollTop = el.scrollHeight;
    else if (oldest !== kept.current.oldest) el.scrollTop += el.scrollHeight - kept.current.height;
    kept.current = { oldest, height: el.scrollHeight };
  }, [oldest, items.length, pending, transcript.typing.size]);

  useLayoutEffect(() => {
    const el = box.current;
    if (el === null) return;
    const follow = new ResizeObserver(() => {
      if (atEnd.current) el.scrollTop = el.scrollHeight;
    });
    follow.observe(el);
    return () => follow.disconnect();
  }, []);

  const upward = () => {
    if (first > 0) setDrawn(drawn + step);
    else if (earlier && !busy) {
      setDrawn(drawn + step);
      onEarlier();
    }
  };
  // Who is at the top goes on there when a page has come, and who sees no scroll bar never scrolls.
  useEffect(() => {
    const el = box.current;
    if (el !== null && el.scrollTop < 200 && (!atEnd.current || el.scrollHeight <= el.clientHeight)) upward();
  }, [items.length, drawn, busy]);
  const scrolled = () => {
    const el = box.current;
    if (el === null) return;
    atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < 40;
    setBehind(!atEnd.current);
    if (el.scrollTop < 200) upward();
  };
  const now = Date.now();
  const mine = items.findLast((i) => i.kind !== 'event' && i.author?.id === transcript.me)?.id;
  return (
    <div className="lines-box">
      <div
        ref={box}
        className="lines"
        role="log"
        aria-label={`Messages with ${label}`}
        aria-live={announce ? 'polite' : 'off'}
        tabIndex={0}
        onScroll={scrolled}
      >
        {(earlier || first > 0) && (
          <div className="lines-earlier">
            <Button size="small" look="ghost" icon="up" isDisabled={busy} onPress={upward}>
              {busy ? 'Loading…' : 'Earlier messages'}
            </Button>
          </div>
        )}
        {items.slice(first).map((item, i) => {
          const before = items[first + i - 1];
          const at = Date.parse(item.at);
          const newDay = before === undefined || !sameDay(Date.parse(before.at), at);
          return (
            <Fragment key={item.id}>
              {newDay && (
                <p className="lines-day">
                  <span>{day(at, now, language)}</span>
                </p>
              )}
              <Line
                item={item}
                mine={item.author?.id === transcript.me}
                follows={!newDay && sameVoice(before, item)}
                language={language}
                mark={item.id === mine ? markOf(transcript, item) : null}
                onFile={onFile}
              />
            </Fragment>
          );
        })}
        {pending.map((p) => (
          <article key={p.clientToken} className="line ours mine">
            <div className={`bubble ${p.failed === null ? 'waits' : 'failed'}`}>
              {p.contentType === 'text/markdown' ? <Markdown text={p.text} /> : p.contentType === 'file' ? <FileSign name={p.text} /> : <Words said={p.text} />}
            </div>
            <p className="mark">
              {p.failed === null ? (
                p.contentType === 'file' ? 'Uploading…' : 'Sending…'
              ) : (
                <>
                  <span className="mark-failed">
                    <Icon name="warning" size={14} /> Not sent. {p.failed}
                  </span>
                  <Button size="small" look="ghost" icon="retry" onPress={() => onRetry?.(p)}>
                    Send again
                  </Button>
                  <Button size="small" look="ghost" icon="close" onPress={() => onDiscard?.(p)}>
                    Discard
                  </Button>
                </>
              )}
            </p>
          </article>
        ))}
      </div>
      {behind && (
        <Button
          className="lines-down"
          size="small"
          icon="down"
          onPress={() => {
            atEnd.current = true;
            box.current?.scrollTo({ top: box.current.scrollHeight });
          }}
        >
          Newest
        </Button>
      )}
    </div>
  );
}

type LineProps = Readonly<{ item: Item; mine: boolean; follows: boolean; language: string; mark: Mark | null; onFile: ((id: string) => void) | undefined }>;

const Line = memo(function Line({ item, mine, follows, language, mark, onFile }: LineProps) {
  if (item.kind === 'event') {
    const what = happening(item);
    return what === null ? null : <p className="happening">{`${what} · ${clock(Date.parse(item.at), language)}`}</p>;
  }
  const name = mine ? 'You' : speaker(item);
  const { role } = item.author ?? { role: 'UNKNOWN' };
  return (
    <article className={`line ${sideOf(item) === 'customer' ? 'theirs' : 'ours'} ${mine ? 'mine' : ''} ${role === 'SYSTEM' ? 'system' : ''} ${follows ? 'follows' : ''}`}>
      <header className={follows ? 'unseen' : ''}>
        {role === 'CUSTOM_BOT' || role === 'SYSTEM' ? <Icon name="bot" size={14} /> : !mine && <Avatar name={name} size="small" />}
        <b>{name}</b> <time dateTime={item.at}>{clock(Date.parse(item.at), language)}</time>
      </header>
      <div className="bubble">
        <Said item={item} onFile={onFile} />
      </div>
      {mark !== null && (
        <p className="mark">
          <Icon name={mark === 'Sent' ? 'send' : 'accept'} size={14} /> {mark}
        </p>
      )}
    </article>
  );
});

function Said({ item, onFile }: { item: Item; onFile: ((id: string) => void) | undefined }) {
  if (item.kind === 'attachment') {
    return (item.attachments ?? []).map((f) => (
      <div key={f.id} className="file">
        <FileSign name={f.name} />
        {f.status === 'APPROVED' && onFile !== undefined && (
          <Button size="small" icon="download" onPress={() => onFile(f.id)} aria-label={`Download ${f.name}`}>
            Download
          </Button>
        )}
        {f.status === 'REJECTED' && <span className="quiet">Not allowed</span>}
        {f.status === 'IN_PROGRESS' && <span className="quiet">Being checked…</span>}
      </div>
    ));
  }
  if (item.contentType === 'text/markdown') return <Markdown text={item.content} />;
  if (item.contentType.startsWith('text/')) return <Words said={plain(item)} />;
  const card = cardOf(item);
  if (card === null) return <Words said={plain(item)} />;
  return (
    <div className="card-said">
      <b>{card.title}</b>
      {card.subtitle !== '' && <p>{card.subtitle}</p>}
      {card.choices.length > 0 && (
        <ul>
          {card.choices.map((c, i) => (
            <li key={i}>{c}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function FileSign({ name }: { name: string }) {
  return (
    <span className="file-sign">
      <Icon name="file" size={18} /> {name}
    </span>
  );
}

function Words({ said }: { said: string }) {
  return (
    <p className="words" dir="auto">
      {withLinks(said).map((part, i) =>
        part.link === null ? (
          part.text
        ) : (
          <a key={i} dir="ltr" href={part.link} target="_blank" rel="noopener noreferrer">
            {part.text}
          </a>
        ),
      )}
    </p>
  );
}

type Mark = 'Read' | 'Delivered' | 'Sent';

function markOf(t: Transcript, item: Item): Mark {
  switch (receiptOf(t, item.id)) {
    case 'read':
      return 'Read';
    case 'delivered':
      return 'Delivered';
    case null:
      return 'Sent';
  }
}

/** Reports whether an item continues what the same person just said. */
function sameVoice(before: Item | undefined, item: Item): boolean {
  return (
    before !== undefined &&
    before.kind !== 'event' &&
    item.kind !== 'event' &&
    before.author?.id === item.author?.id &&
    before.author?.role === item.author?.role &&
    Date.parse(item.at) - Date.parse(before.at) < 180_000
  );
}
