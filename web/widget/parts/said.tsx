import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { Attachment } from '../../chat/item';
import type { Entry } from '../conversation/rows';
import { safeLink, seconds } from '../interactive/answer';
import { useModule, useSession } from '../session';
import { Icon } from './icon';

/** What was said, as its kind wants to be shown. */
export function Said({ entry }: { entry: Entry }) {
  const { language } = useSession();
  const soft = entry.delivery === 'waiting' || entry.delivery === 'sending' ? ' soft' : '';
  const { body } = entry;
  switch (body.kind) {
    case 'text':
      return (
        <div className={`bubble${soft}`} part="bubble" dir="auto">
          {entry.delivery !== null && isTime(body.content) ? language.full(Date.parse(seconds(body.content))) : linked(body.content)}
        </div>
      );
    case 'markdown':
      return <Rich content={body.content} soft={soft} />;
    case 'interactive':
      return <Asked content={body.content} answer={entry.answer} />;
    case 'files':
      return (
        <>
          {body.files.map((file) => (
            <File key={file.id} file={file} />
          ))}
        </>
      );
    case 'upload':
      return <Upload entry={entry} name={body.file.name} size={body.file.size} sent={body.file.sent} />;
    case 'unknown':
      return <div className="bubble soft">{language.say('unshown')}</div>;
  }
}

/** Whether a text is what the answer to a time picker is on the line. */
function isTime(content: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d$/.test(content) && !Number.isNaN(Date.parse(seconds(content)));
}

/** Text in which addresses are links. */
function linked(content: string): ReactNode {
  const parts = content.split(/(https:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/);
  return parts.map((part, i) =>
    i % 2 === 1 ? (
      <a key={i} href={safeLink(part)} target="_blank" rel="noopener noreferrer nofollow">
        {part}
      </a>
    ) : (
      part
    ),
  );
}

function Rich({ content, soft }: { content: string; soft: string }) {
  const { style } = useSession();
  const markdown = useModule(() => import('../markdown'));
  if (markdown !== null) style(markdown.css);
  const bubble = useRef<HTMLDivElement>(null);
  // Made once: made anew with whatever else changes, it would lose what somebody has selected.
  useLayoutEffect(() => {
    if (markdown !== null) bubble.current?.replaceChildren(markdown.render(content));
  }, [markdown, content]);
  return (
    <div
      className={`bubble${markdown === null ? '' : ' rich'}${soft}`}
      part="bubble"
      dir="auto"
      ref={bubble}
    >
      {markdown === null ? content : null}
    </div>
  );
}

function Asked({ content, answer }: { content: string; answer: string | null }) {
  const interactive = useModule(() => import('../interactive/interactive'));
  return interactive === null ? <div className="bubble soft">{'…'}</div> : <interactive.InteractiveView content={content} answer={answer} />;
}

const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** A file of the conversation. Its address is asked for when it is wanted, since addresses expire. */
function File({ file }: { file: Attachment }) {
  const { chat, language } = useSession();
  const [url, setUrl] = useState<string | null>(null);
  const picture = pictures.has(file.type) && file.status === 'APPROVED';

  useEffect(() => {
    if (!picture) return;
    let wanted = true;
    void chat.fileUrl(file.id).then((address) => wanted && setUrl(address));
    return () => {
      wanted = false;
    };
  }, [picture, file.id]);

  async function download() {
    const address = await chat.fileUrl(file.id);
    if (address === null) return;
    const link = document.createElement('a');
    link.href = address;
    link.download = file.name;
    link.rel = 'noopener';
    link.target = '_blank';
    link.click();
  }

  if (url !== null) {
    return (
      <button type="button" className="picture" aria-label={language.say('download', { name: file.name })} onClick={() => void download()}>
        <img src={url} alt={file.name} onError={() => setUrl(null)} />
      </button>
    );
  }
  const status = file.status === 'IN_PROGRESS' ? language.say('checking') : file.status === 'REJECTED' ? language.say('blocked') : extension(file.name);
  const inside = (
    <>
      <span className="sheet-icon">
        <Icon name={file.status === 'REJECTED' ? 'wrong' : 'file'} />
      </span>
      <span className="words">
        <b dir="auto">{file.name}</b>
        <span>{status}</span>
      </span>
    </>
  );
  if (file.status !== 'APPROVED') return <div className="bubble file">{inside}</div>;
  return (
    <button type="button" className="bubble file" aria-label={language.say('download', { name: file.name })} onClick={() => void download()}>
      {inside}
    </button>
  );
}

function Upload({ entry, name, size, sent }: { entry: Entry; name: string; size: number; sent: number }) {
  const { chat, language } = useSession();
  const { outgoing } = entry;
  return (
    <div className="bubble file">
      <span className="sheet-icon">
        <Icon name="file" />
      </span>
      <span className="words">
        <b dir="auto">{name}</b>
        <span>{language.size(size)}</span>
        {entry.delivery !== 'failed' && <progress max={size} value={sent} aria-label={name} />}
      </span>
      {outgoing !== null && entry.delivery !== 'failed' && (
        <button type="button" className="link" onClick={() => chat.discard(outgoing.key)}>
          {language.say('cancel')}
        </button>
      )}
    </div>
  );
}

function extension(name: string): string {
  return name.includes('.') ? (name.split('.').at(-1) ?? '').toUpperCase() : '';
}
