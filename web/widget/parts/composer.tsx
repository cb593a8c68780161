import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useModule, useSession } from '../session';
import { Icon } from './icon';

/** How long a message may be, and from how near the limit on what is left is shown. */
const limit = 1024;
const nearLimit = 124;

/** Where one writes. A draft outlives a reload. */
export function Composer({ refuse }: { refuse(problem: string): void }) {
  const { chat, config, custom, language } = useSession();
  const draftKey = `bellpull.widget.${config.id}.draft`;
  const [draft, setDraft] = useState(() => kept(draftKey));
  const [picking, setPicking] = useState(false);
  const emoji = useModule(() => import('../emoji'), picking);
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const files = config.files !== null && !custom.noFiles;
  const length = [...draft].length;
  const words = draft.trim();
  const canSend = words !== '' && length <= limit;

  useLayoutEffect(() => {
    const el = field.current;
    if (el === null) return;
    el.style.height = 'auto';
    el.style.height = `${Math.min(el.scrollHeight, 132)}px`;
  }, [draft]);

  useEffect(() => keep(draftKey, draft), [draft]);

  function send() {
    if (!canSend) return;
    chat.send(words);
    setDraft('');
    setPicking(false);
    field.current?.focus();
  }

  function pressed(e: KeyboardEvent) {
    // While letters are being composed Enter chooses one; Safari tells by its key code only.
    if (e.key !== 'Enter' || e.shiftKey || e.isComposing || e.keyCode === 229) return;
    e.preventDefault();
    send();
  }

  function pick(found: string) {
    const el = field.current;
    const [from, to] = [el?.selectionStart ?? draft.length, el?.selectionEnd ?? draft.length];
    setDraft(draft.slice(0, from) + found + draft.slice(to));
    el?.focus();
  }

  let hint: ReactNode = null;
  if (length > limit) hint = <p className="count over-limit">{language.say('over', { n: length - limit })}</p>;
  else if (length > limit - nearLimit) hint = <p className="count">{language.say('left', { n: limit - length })}</p>;

  return (
    <div className="composer" part="composer">
      {picking && emoji !== null && <emoji.EmojiPicker label={language.say('emoji')} pick={pick} close={() => (setPicking(false), field.current?.focus())} />}
      <div className="box">
        {files && (
          <>
            <button
              type="button"
              className="tool"
              aria-label={language.say('attach')}
              title={config.files === null ? '' : language.say('limits', { size: language.size(config.files.maxBytes) })}
              onClick={() => chooser.current?.click()}
            >
              <Icon name="attach" />
            </button>
            <input
              ref={chooser}
              type="file"
              multiple
              hidden
              accept={config.files?.types.join(',')}
              onChange={(e) => {
                sendFiles([...(e.currentTarget.files ?? [])], { chat, config, language }, refuse);
                e.currentTarget.value = '';
              }}
            />
          </>
        )}
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={draft}
          aria-label={custom.placeholder || language.say('write')}
          placeholder={custom.placeholder || language.say('write')}
          enterKeyHint="send"
          aria-invalid={length > limit || undefined}
          onInput={(e) => {
            setDraft(e.currentTarget.value);
            if (config.look.typing && e.currentTarget.value !== '') chat.typing();
          }}
          onKeyDown={(e) => pressed(e as unknown as KeyboardEvent)}
          onPaste={(e) => {
            const pasted = [...((e as unknown as ClipboardEvent).clipboardData?.files ?? [])];
            if (pasted.length === 0 || !files) return;
            e.preventDefault();
            sendFiles(pasted, { chat, config, language }, refuse);
          }}
        />
        {config.look.emoji && !custom.noEmoji && (
          <button type="button" className="tool" aria-label={language.say('emoji')} aria-expanded={picking} onClick={() => setPicking(!picking)}>
            <Icon name="emoji" />
          </button>
        )}
        <button type="button" className="go" part="send" aria-label={language.say('send')} aria-disabled={!canSend} onClick={send}>
          <Icon name="send" />
        </button>
      </div>
      {hint}
    </div>
  );
}

type Sending = Pick<ReturnType<typeof useSession>, 'chat' | 'config' | 'language'>;

/** Sends files that may be sent, and says of the first other one why it may not. */
export function sendFiles(files: readonly File[], { chat, config, language }: Sending, refuse: (problem: string) => void): void {
  const rules = config.files;
  if (rules === null) return;
  for (const file of files) {
    if (file.size > rules.maxBytes) refuse(language.say('tooLarge', { name: file.name, size: language.size(rules.maxBytes) }));
    else if (rules.types.length > 0 && !rules.types.includes(file.type)) refuse(language.say('wrongType', { name: file.name }));
    else chat.sendFile(file);
  }
}

function kept(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

function keep(key: string, draft: string): void {
  try {
    if (draft === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, draft);
  } catch {
    // Storage may be forbidden; then a draft lives as long as the page.
  }
}
