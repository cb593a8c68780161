import { useLayoutEffect, useRef } from 'react';
import { useChat, useNow, useSession } from '../session';

/** Where one stands while waiting for somebody. */
export function QueueCard() {
  const { language } = useSession();
  const { queue } = useChat();
  if (queue === null) return null;
  const { position, waitSeconds } = queue;
  const minutes = waitSeconds === null ? null : Math.round(waitSeconds / 60);
  const wait = minutes === null ? '' : minutes < 1 ? language.say('waitShort') : language.say('wait', { n: minutes });
  const title = position === null ? language.say('queue') : position <= 1 ? language.say('next') : language.say('position', { n: position });
  return (
    <div className="state" role="status">
      {position !== null && (
        <span className="place" aria-hidden="true">
          {position}
        </span>
      )}
      <div className="said">
        <strong>{title}</strong>
        {(wait !== '' || position !== null) && <span>{wait || language.say('queue')}</span>}
      </div>
    </div>
  );
}

/** The warning before a silent chat is closed. Only something said counts as a sign of life, so the button says it. */
export function IdleCard() {
  const { chat, language } = useSession();
  const { idleUntil } = useChat();
  const now = useNow(idleUntil !== null);
  if (idleUntil === null) return null;
  const seconds = Math.max(0, Math.ceil((idleUntil - now) / 1000));
  return (
    <div className="state warm">
      <div className="said">
        <strong role="alert">{language.say('idle')}</strong>
        <span role="timer">{language.say('idleText', { time: language.countdown(seconds) })}</span>
      </div>
      <button type="button" className="do low" onClick={() => chat.send(language.say('stay'))}>
        {language.say('stay')}
      </button>
    </div>
  );
}

/** How the line is, told only when there is something to tell. */
export function LineBanner() {
  const { language } = useSession();
  const { line, transport, phase, persistent } = useChat();
  if (phase !== 'open') return null;
  if (line === 'offline' || line === 'reconnecting') {
    return (
      <p className="banner" role="status">
        {language.say(line)}
      </p>
    );
  }
  if (transport === 'poll') return <p className="banner quiet">{language.say('slow')}</p>;
  return persistent ? null : <p className="banner quiet">{language.say('memory')}</p>;
}

/** Asks before a chat is ended. The safe choice has the focus. */
export function EndQuestion({ label, answer }: { label: string; answer(end: boolean): void }) {
  const { language } = useSession();
  const safe = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => safe.current?.focus(), []);
  return (
    <div
      className="ask"
      onKeyDown={(e) => {
        if (e.key === 'Escape') {
          e.stopPropagation();
          answer(false);
        } else if (e.key === 'Tab') {
          // Two buttons: each is the other's next.
          e.preventDefault();
          const buttons = [...(box.current?.querySelectorAll('button') ?? [])];
          buttons.find((b) => b !== e.target)?.focus();
        }
      }}
    >
      <div className="card" role="alertdialog" aria-modal="true" aria-labelledby="bellpull-ask" aria-describedby="bellpull-ask-text" ref={box}>
        <h3 id="bellpull-ask">{language.say('endAsk')}</h3>
        <p id="bellpull-ask-text">{language.say('endText')}</p>
        <div className="row">
          <button type="button" className="do bad" onClick={() => answer(true)}>
            {label}
          </button>
          <button type="button" className="do" ref={safe} onClick={() => answer(false)}>
            {language.say('keep')}
          </button>
        </div>
      </div>
    </div>
  );
}
