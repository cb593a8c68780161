/** @jsxImportSource preact */
import { Fragment, type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { contentType, record, text, type Item } from '../../chat/item';
import { receiptOf, type Pending, type Transcript } from '../../chat/transcript/transcript';
import './conversation.css';

/** What a conversation asks of the page around it. */
export type ConversationActions = Readonly<{
  send(text: string): void;
  retry(pending: Pending): void;
  typing(): void;
  draft(text: string): void;
}>;

/** A transcript and, while the chat is open, the box to write in. */
export function Conversation(props: {
  label: string;
  transcript: Transcript;
  draft: string;
  /** Why nothing can be written, or null while it can. */
  closed: string | null;
  actions: ConversationActions;
}) {
  const { label, transcript, draft, closed, actions } = props;
  return (
    <section class="conversation" aria-label={label}>
      <Lines label={`Messages: ${label}`} transcript={transcript} retry={actions.retry} />
      <p class="typing" role="status">
        {typingLine(transcript)}
      </p>
      {closed === null ? <Composer draft={draft} actions={actions} /> : <p class="closed">{closed}</p>}
    </section>
  );
}

function Lines(props: { label: string; transcript: Transcript; retry(p: Pending): void }) {
  const { transcript } = props;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const length = transcript.items.length + transcript.pending.length;
  const stayAtEnd = () => {
    if (box.current !== null && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useEffect(stayAtEnd, [length]);
  useEffect(() => {
    if (box.current === null) return undefined;
    const resizes = new ResizeObserver(stayAtEnd);
    resizes.observe(box.current);
    return () => resizes.disconnect();
  }, []);
  const noticeScroll = () => {
    const b = box.current;
    if (b !== null) atEnd.current = b.scrollHeight - b.scrollTop - b.clientHeight < 40;
  };
  const last = lastMine(transcript);
  return (
    <div class="lines" ref={box} role="log" aria-label={props.label} tabIndex={0} onScroll={noticeScroll}>
      {transcript.items.map((item, i) => (
        <Line
          key={item.id}
          item={item}
          mine={item.author?.id === transcript.me}
          first={!sameVoice(transcript.items[i - 1], item)}
          mark={item.id === last ? markOf(transcript, item) : null}
        />
      ))}
      {transcript.pending.map((p) => (
        <Said key={p.clientToken} mine first={false} name="You" at="" text={p.text}>
          {p.failed !== null ? (
            <>
              Not sent.{' '}
              <button type="button" class="plain" onClick={() => props.retry(p)}>
                Send again
              </button>
            </>
          ) : (
            'Sending…'
          )}
        </Said>
      ))}
    </div>
  );
}

function Line(props: { item: Item; mine: boolean; first: boolean; mark: string | null }) {
  const { item, mine } = props;
  if (item.kind === 'event') {
    const what = happening(item);
    return what === null ? <Fragment /> : <p class="happening">{what}</p>;
  }
  return (
    <Said mine={mine} first={props.first} name={mine ? 'You' : speaker(item)} at={item.at} text={words(item)} system={item.author?.role === 'SYSTEM'}>
      {props.mark}
    </Said>
  );
}

function Said(props: { mine: boolean; first: boolean; name: string; at: string; text: string; system?: boolean; children?: ComponentChildren }) {
  const who = props.mine ? 'mine' : props.system === true ? 'theirs system' : 'theirs';
  return (
    <article class={`said ${who}`}>
      <header class={props.first ? '' : 'visually-hidden'}>
        <b>{props.name}</b> {props.at !== '' && <time dateTime={props.at}>{clock(props.at)}</time>}
      </header>
      <p class="bubble">{props.text}</p>
      {props.children !== null && props.children !== undefined && <p class="mark">{props.children}</p>}
    </article>
  );
}

function Composer(props: { draft: string; actions: ConversationActions }) {
  const { draft, actions } = props;
  const submit = (e: Event) => {
    e.preventDefault();
    const said = draft.trim();
    if (said === '') return;
    actions.draft('');
    actions.send(said);
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="visually-hidden" for="message">
        Message
      </label>
      <textarea
        id="message"
        rows={2}
        maxLength={1024}
        placeholder="Write a message"
        value={draft}
        onInput={(e) => {
          actions.draft(e.currentTarget.value);
          if (e.currentTarget.value !== '') actions.typing();
        }}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) submit(e);
        }}
      />
      <button type="submit" disabled={draft.trim() === ''}>
        Send
      </button>
    </form>
  );
}

function typingLine(t: Transcript): string {
  const names = [...t.typing.values()].map((line) => line.name || 'Somebody');
  if (names.length === 0) return '';
  return names.length === 1 ? `${names[0]} is typing…` : `${names.join(' and ')} are typing…`;
}

/** An event in words; null for those that are nobody's concern. */
function happening(item: Item): string | null {
  const name = item.author?.name || 'Somebody';
  switch (item.contentType) {
    case contentType.joined:
      return `${name} joined`;
    case contentType.left:
      return `${name} left`;
    case contentType.ended:
      return 'The chat has ended';
    default:
      return null;
  }
}

function speaker(item: Item): string {
  if (item.author?.role === 'SYSTEM') return item.author.name === 'SYSTEM_MESSAGE' ? 'Automatic message' : item.author.name;
  return item.author?.name || 'Somebody';
}

/** The text of a message; of an interactive one its title. */
function words(item: Item): string {
  if (item.kind === 'attachment') return 'An attachment, which this page cannot show';
  if (item.contentType.startsWith('text/')) return item.content;
  try {
    const content = record(record(record(JSON.parse(item.content))['data'])['content']);
    return text(content['title']) || item.content;
  } catch {
    return item.content;
  }
}

function sameVoice(before: Item | undefined, item: Item): boolean {
  return before !== undefined && before.kind !== 'event' && before.author?.id === item.author?.id && before.author?.role === item.author?.role;
}

function lastMine(t: Transcript): string | null {
  return t.items.findLast((i) => i.kind === 'message' && i.author?.id === t.me)?.id ?? null;
}

function markOf(t: Transcript, item: Item): string {
  switch (receiptOf(t, item.id)) {
    case 'read':
      return 'Read';
    case 'delivered':
      return 'Delivered';
    case null:
      return 'Sent';
  }
}

function clock(at: string): string {
  const d = new Date(at);
  return Number.isNaN(d.getTime()) ? '' : d.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}
