import { memo, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { QuickResponse } from '../../chat/agent/records';
import type { AgentContact } from '../../chat/agent/snapshot';
import { Button, IconButton, Markdown } from '../../ui';
import { useController, useDesk } from '../app/context';
import { linked, listed, marksUp, wrap, type Selected } from './markdown';
import { filled, queryAt, ranked, slashed, type Query } from './quick';
import './composer.css';

/** The most characters of a message. */
const most = 1024;

/** How long one has to stop typing before quick responses are looked for, in milliseconds. */
const pause = 120;

/** Where a message is written. What is written stays here, and in the browser, until it is sent. */
export function Composer({ contact }: { contact: AgentContact }) {
  const controller = useController();
  const agent = useDesk((d) => d.configuration.name);
  const [draft, setDraft] = useState(() => controller.draft(contact.id));
  const [shows, setShows] = useState(false);
  const [over, setOver] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const selection = useRef<readonly [number, number] | null>(null);
  const id = useId();

  useEffect(() => {
    const timer = setTimeout(() => controller.keepDraft(contact.id, draft), 150);
    const now = () => controller.keepDraft(contact.id, draft);
    window.addEventListener('pagehide', now);
    return () => {
      clearTimeout(timer);
      now();
      window.removeEventListener('pagehide', now);
    };
  }, [controller, contact.id, draft]);

  useLayoutEffect(() => {
    const el = box.current;
    if (el === null) return;
    if (selection.current !== null) {
      el.setSelectionRange(...selection.current);
      selection.current = null;
    }
    el.style.height = 'auto';
    el.style.height = `${Math.min(el.scrollHeight + 2, 220)}px`;
  }, [draft, shows]);

  const change = useCallback((next: Selected) => {
    selection.current = [next.from, next.to];
    setDraft(next.text);
    box.current?.focus();
  }, []);
  const format = useCallback<Format>(
    (f) => {
      const el = box.current;
      if (el !== null) change(f({ text: el.value, from: el.selectionStart, to: el.selectionEnd }));
    },
    [change],
  );
  const send = () => {
    const words = draft.trim();
    if (words === '' || words.length > most) return;
    controller.send(contact, words, contact.markdown && marksUp(words) ? 'text/markdown' : 'text/plain');
    controller.keepDraft(contact.id, '');
    setDraft('');
    setShows(false);
    box.current?.focus();
  };
  const insert = (response: QuickResponse, query: Query) => {
    const words = filled(response.content, { customer: contact.customer, agent, attributes: contact.attributes });
    const end = query.from + 1 + query.words.length;
    change({ text: draft.slice(0, query.from) + words + draft.slice(end), from: query.from + words.length, to: query.from + words.length });
  };
  const quick = useQuickResponses(contact, draft, box, insert);
  const sendFiles = (list: FileList | null) => {
    for (const file of list ?? []) void controller.sendFile(contact, file);
  };

  const keyDown = (e: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (e.nativeEvent.isComposing || e.keyCode === 229) return; // the key belongs to the input method
    if (quick.keyDown(e)) return e.preventDefault();
    const ctrl = (e.ctrlKey || e.metaKey) && !e.altKey;
    if (e.key === 'Enter' && !e.shiftKey && !e.altKey) {
      e.preventDefault();
      send();
    } else if (e.key === 'Escape') {
      e.currentTarget.closest<HTMLElement>('.pane')?.focus();
    } else if (ctrl && contact.markdown && ['b', 'i'].includes(e.key.toLowerCase())) {
      e.preventDefault();
      format((s) => wrap(s, e.key.toLowerCase() === 'b' ? '**' : '*'));
    }
  };

  const left = most - draft.trim().length;
  return (
    <form
      className={`composer ${over ? 'over' : ''}`}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
      onDragOver={(e) => {
        if (!contact.attachments) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        setOver(false);
        if (!contact.attachments) return;
        e.preventDefault();
        sendFiles(e.dataTransfer.files);
      }}
    >
      {quick.list}
      {shows ? (
        <div className="composer-preview" tabIndex={0} role="region" aria-label="Preview of the message">
          {draft.trim() === '' ? <span className="quiet">Nothing yet</span> : <Markdown text={draft} />}
        </div>
      ) : (
        <>
          <label className="unseen" htmlFor={id}>
            Message to {contact.customer}
          </label>
          <textarea
            id={id}
            ref={box}
            className="composer-box"
            rows={1}
            dir="auto"
            placeholder="Write a message, or / for a quick response"
            value={draft}
            aria-describedby={left < 100 ? `${id}-left` : undefined}
            {...quick.aria}
            onChange={(e) => {
              setDraft(e.currentTarget.value);
              if (e.currentTarget.value.trim() !== '') controller.typing(contact);
              quick.moved();
            }}
            onSelect={() => quick.moved()}
            onKeyDown={keyDown}
            onPaste={(e) => {
              if (!contact.attachments || e.clipboardData.files.length === 0) return;
              e.preventDefault();
              sendFiles(e.clipboardData.files);
            }}
          />
        </>
      )}
      <div className="composer-bar">
        <Tools markdown={contact.markdown} isDisabled={shows} onFormat={format} />
        {contact.attachments && (
          <>
            <IconButton label="Attach files" icon="attach" size="small" onPress={() => files.current?.click()} />
            <input
              ref={files}
              type="file"
              multiple
              hidden
              onChange={(e) => {
                sendFiles(e.currentTarget.files);
                e.currentTarget.value = '';
              }}
            />
          </>
        )}
        {contact.markdown && <IconButton label={shows ? 'Write on' : 'Preview'} icon={shows ? 'edit' : 'eye'} size="small" onPress={() => setShows(!shows)} />}
        <span className="composer-grow" />
        {left < 100 && (
          <span id={`${id}-left`} className={left < 0 ? 'composer-over' : 'quiet'} role={left < 0 ? 'alert' : undefined}>
            {left < 0 ? `${-left} too many` : `${left} left`}
          </span>
        )}
        <Button type="submit" look="primary" icon="send" size="small" isDisabled={draft.trim() === '' || left < 0}>
          Send
        </Button>
      </div>
    </form>
  );
}

type Format = (f: (s: Selected) => Selected) => void;

/** What changes the selection; drawn once, and not with every key. */
const Tools = memo(function Tools({ markdown, isDisabled, onFormat }: { markdown: boolean; isDisabled: boolean; onFormat: Format }) {
  return (
    <>
      {markdown && (
        <div className="composer-tools" role="group" aria-label="Format">
          <IconButton label="Bold" keys="Ctrl+B" icon="bold" size="small" isDisabled={isDisabled} onPress={() => onFormat((s) => wrap(s, '**'))} />
          <IconButton label="Italic" keys="Ctrl+I" icon="italic" size="small" isDisabled={isDisabled} onPress={() => onFormat((s) => wrap(s, '*'))} />
          <IconButton label="List" icon="list" size="small" isDisabled={isDisabled} onPress={() => onFormat((s) => listed(s, false))} />
          <IconButton label="Numbered list" icon="listNumbered" size="small" isDisabled={isDisabled} onPress={() => onFormat((s) => listed(s, true))} />
          <IconButton label="Link" icon="link" size="small" isDisabled={isDisabled} onPress={() => onFormat(linked)} />
        </div>
      )}
      <IconButton label="Quick responses" keys="/" icon="quick" size="small" isDisabled={isDisabled} onPress={() => onFormat(slashed)} />
    </>
  );
});

type Quick = Readonly<{
  list: React.ReactNode;
  aria: Readonly<Record<string, string>>;
  moved(): void;
  /** Answers whether the key was for the list. */
  keyDown(e: React.KeyboardEvent): boolean;
}>;

/** The quick responses that fit what is typed after a slash. */
function useQuickResponses(
  contact: AgentContact,
  draft: string,
  box: React.RefObject<HTMLTextAreaElement | null>,
  insert: (r: QuickResponse, q: Query) => void,
): Quick {
  const controller = useController();
  const [query, setQuery] = useState<Query | null>(null);
  const [found, setFound] = useState<readonly QuickResponse[] | null>(null);
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState(-1);
  const id = useId();
  const words = query?.words ?? null;

  useEffect(() => {
    if (words === null) return setFound(null);
    let current = true;
    const timer = setTimeout(() => {
      controller.quickResponses(words, contact.id).then(
        (all) => {
          if (!current) return;
          setFound(ranked(all, words));
          setChosen(0);
        },
        () => current && setFound([]),
      );
    }, pause);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [controller, contact.id, words]);

  const moved = () => {
    const el = box.current;
    const next = el === null || el.selectionStart !== el.selectionEnd ? null : queryAt(el.value, el.selectionStart);
    if (next === null) setDismissed(-1);
    setQuery((q) => (next !== null && next.from === dismissed ? null : q?.from === next?.from && q?.words === next?.words ? q : next));
  };
  useEffect(moved, [draft]); // also after a change that no key made
  const close = () => {
    setDismissed(query?.from ?? -1);
    setQuery(null);
  };
  const open = query !== null && found !== null;
  const pick = found?.[chosen];

  return {
    moved,
    aria: open && pick !== undefined ? { 'aria-controls': id, 'aria-activedescendant': `${id}-${chosen}`, 'aria-autocomplete': 'list' } : {},
    keyDown: (e) => {
      if (!open || query === null) return false;
      if (e.key === 'Escape') {
        close();
        return true;
      }
      if (pick === undefined) return false;
      if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
        setChosen((chosen + (e.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length);
        return true;
      }
      if ((e.key === 'Enter' && !e.shiftKey) || e.key === 'Tab') {
        insert(pick, query);
        return true;
      }
      return false;
    },
    list: open && (
      <div className="quick">
        <p className="unseen" role="status">
          {found.length === 0 ? 'No quick responses' : `${found.length} quick responses`}
        </p>
        {found.length === 0 ? (
          <p className="quiet quick-none">No quick response fits “{query.words}”. Enter sends what you typed.</p>
        ) : (
          <ul id={id} role="listbox" aria-label="Quick responses">
            {found.map((r, i) => (
              <li
                key={r.id}
                id={`${id}-${i}`}
                role="option"
                aria-selected={i === chosen}
                ref={i === chosen ? intoView : null}
                onMouseDown={(e) => {
                  e.preventDefault(); // the box keeps the focus
                  insert(r, query);
                }}
              >
                <b>{r.name}</b> {r.shortcut !== '' && <kbd>/{r.shortcut}</kbd>}
                <span className="quiet">{r.content}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    ),
  };
}

function intoView(el: HTMLElement | null): void {
  el?.scrollIntoView({ block: 'nearest' });
}
