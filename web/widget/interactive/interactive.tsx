import { useRef, useState } from 'react';
import { useSession } from '../session';
import { Icon } from '../parts/icon';
import css from './interactive.css?inline';
import { isAnswer, parseInteractive, type Answer, type Card, type Choice, type Picture, type Slot } from './parse';
import { ViewForm } from './view';

/** A question with its answers. Once answered it is locked, and shows what was chosen. */
export function InteractiveView({ content, answer }: { content: string; answer: string | null }) {
  const { chat, language, style } = useSession();
  style(css);
  const asked = parseInteractive(content);
  const reply = (a: Answer) => answer === null && chat.send(a.content, a.contentType);
  switch (asked?.kind) {
    case 'list':
    case 'panel':
      return <CardView card={asked} answer={answer} reply={reply} />;
    case 'replies':
      return (
        <>
          <div className="bubble" dir="auto">
            {asked.title}
          </div>
          {answer === null && (
            <div className="chips" role="group" aria-label={asked.title}>
              {asked.choices.map((choice) => (
                <button key={choice.title} type="button" className="chip" dir="auto" onClick={() => reply(choice.answer)}>
                  {choice.title}
                </button>
              ))}
            </div>
          )}
        </>
      );
    case 'carousel':
      return <Carousel title={asked.title} subtitle={asked.subtitle} cards={asked.cards} answer={answer} reply={reply} />;
    case 'times':
      return (
        <div className="asks" role="group" aria-label={asked.title}>
          <Lead title={asked.title} subtitle={asked.subtitle || asked.place} picture={asked.picture} />
          <Times slots={asked.slots} answer={answer} reply={reply} />
        </div>
      );
    case 'view':
      return <ViewForm token={asked.token} data={asked.data} answer={answer} />;
    case undefined:
      return <div className="bubble soft">{language.say('unshown')}</div>;
  }
}

type Replying = Readonly<{ answer: string | null; reply(a: Answer): void }>;

function CardView({ card, answer, reply }: { card: Card } & Replying) {
  return (
    <div className="asks" role="group" aria-label={card.title}>
      <Lead title={card.title} subtitle={card.subtitle} picture={card.picture} />
      <div className={card.kind === 'panel' ? 'panel-choices' : 'choices'}>
        {card.choices.map((choice) => (
          <ChoiceView key={choice.title} choice={choice} bare={card.kind === 'panel'} answer={answer} reply={reply} />
        ))}
      </div>
    </div>
  );
}

function Lead({ title, subtitle, picture }: { title: string; subtitle: string; picture: Picture | null }) {
  return (
    <>
      <Image picture={picture} />
      {(title !== '' || subtitle !== '') && (
        <div className="lead" dir="auto">
          <b>{title}</b>
          {subtitle !== '' && <span>{subtitle}</span>}
        </div>
      )}
    </>
  );
}

function ChoiceView({ choice, bare, answer, reply }: { choice: Choice; bare: boolean } & Replying) {
  const chosen = answer !== null && isAnswer(choice.answer, answer);
  const inside = (
    <>
      <Image picture={choice.picture} />
      <span className="words" dir="auto">
        <b>{choice.title}</b>
        {choice.subtitle !== '' && <small>{choice.subtitle}</small>}
      </span>
      {chosen ? <Icon name="sent" /> : !bare && answer === null && <Icon name="next" turns />}
    </>
  );
  if (choice.link !== '') {
    return (
      <a className="choice" href={choice.link} target="_blank" rel="noopener noreferrer">
        {inside}
      </a>
    );
  }
  return (
    <button type="button" className={chosen ? 'choice chosen' : 'choice'} aria-disabled={answer !== null} aria-pressed={chosen || undefined} onClick={() => reply(choice.answer)}>
      {inside}
    </button>
  );
}

function Carousel({ title, subtitle, cards, answer, reply }: { title: string; subtitle: string; cards: readonly Card[] } & Replying) {
  const { language } = useSession();
  const row = useRef<HTMLDivElement>(null);
  function turn(by: 1 | -1) {
    const el = row.current;
    const card = el?.firstElementChild?.clientWidth ?? 240;
    const forward = language.direction === 'rtl' ? -by : by;
    el?.scrollBy({ left: forward * (card + 10), behavior: 'smooth' });
  }
  return (
    <div className="carousel" role="group" aria-label={title}>
      {title !== '' && (
        <div className="bubble" dir="auto">
          {title}
          {subtitle !== '' && ` ${subtitle}`}
        </div>
      )}
      <div className="cards" ref={row} tabIndex={-1}>
        {cards.map((card, i) => (
          <CardView key={i} card={card} answer={answer} reply={reply} />
        ))}
      </div>
      {cards.length > 1 && (
        <div className="turn">
          <button type="button" className="tool" aria-label={language.say('previous')} onClick={() => turn(-1)}>
            <Icon name="previous" turns />
          </button>
          <button type="button" className="tool" aria-label={language.say('following')} onClick={() => turn(1)}>
            <Icon name="next" turns />
          </button>
        </div>
      )}
    </div>
  );
}

function Times({ slots, answer, reply }: { slots: readonly Slot[] } & Replying) {
  const { language } = useSession();
  const days = new Map<string, Slot[]>();
  for (const slot of slots) {
    const day = language.day(slot.at, Date.now());
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  return (
    <div className="times">
      {[...days].map(([day, list]) => (
        <section key={day}>
          <h3>{day}</h3>
          <div className="chips">
            {list.map((slot) => {
              const chosen = answer !== null && isAnswer(slot.answer, answer);
              return (
                <button
                  key={slot.at}
                  type="button"
                  className={chosen ? 'chip chosen' : 'chip'}
                  aria-disabled={answer !== null}
                  aria-pressed={chosen || undefined}
                  aria-label={`${day} ${language.time(slot.at)}${slot.minutes > 0 ? `, ${language.minutes(slot.minutes)}` : ''}`}
                  onClick={() => reply(slot.answer)}
                >
                  {language.time(slot.at)}
                </button>
              );
            })}
          </div>
        </section>
      ))}
      <p className="zone">{language.say('zone', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</p>
    </div>
  );
}

/** A picture of the server, the page or an origin that the site trusts; any other would tell strangers who is looking. */
function Image({ picture }: { picture: Picture | null }) {
  const { base, config } = useSession();
  const [broken, setBroken] = useState(false);
  if (picture === null || broken || !trusted(picture.url, [new URL(base).origin, location.origin, ...config.look.imageHosts])) return null;
  return <img src={picture.url} alt={picture.description} onError={() => setBroken(true)} loading="lazy" />;
}

function trusted(url: string, origins: readonly string[]): boolean {
  try {
    const { protocol, origin } = new URL(url, location.href);
    return protocol === 'data:' ? /^data:image\/(png|jpeg|gif|webp);/.test(url) : origins.includes(origin);
  } catch {
    return false;
  }
}
