import { useId, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { known, nameField, type Field } from '../config';
import type { Details } from '../launcher/host';
import { useChat, useSession } from '../session';
import type { Key } from '../words/en';
import css from './home.css?inline';
import { Icon } from './icon';
import { sayProblem } from './problem';

const defaultName: Field = { name: 'name', label: '', type: 'text', required: false, options: [], autocomplete: 'name' };

export type Submit = (name: string, attributes: Readonly<Record<string, string>>) => void;

/** Before a chat: a welcome, whether somebody is there, and what is asked first. */
export function Home({ details, signing, submit, tools }: { details: Details; signing: boolean; submit: Submit; tools: ReactNode }) {
  const { config, custom, language, style } = useSession();
  style(css);
  const { phase, problem, persistent } = useChat();
  const [wrong, setWrong] = useState<Readonly<Record<string, Key>>>({});
  const form = useRef<HTMLFormElement>(null);
  const fields = (config.look.form ?? [defaultName]).filter((f) => known(f, details) === undefined);
  const { consent } = config.look;
  const starting = signing || phase === 'starting';

  function send(e: FormEvent) {
    e.preventDefault();
    const values = new FormData(form.current ?? undefined);
    const value = (f: Field) => String(values.get(f.name) ?? '').trim();
    const found: Record<string, Key> = {};
    for (const f of fields) {
      const key = check(f, value(f));
      if (key !== null) found[f.name] = key;
    }
    if (consent !== null && values.get('consent') === null) found['consent'] = 'agree';
    setWrong(found);
    const [first] = Object.keys(found);
    if (first !== undefined) return form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first)}"]`)?.focus();
    if (starting) return;
    const attributes = Object.fromEntries(fields.filter((f) => !nameField.test(f.name) && value(f) !== '').map((f) => [f.name, value(f)]));
    const name = fields.find((f) => nameField.test(f.name));
    submit(name === undefined ? '' : value(name), attributes);
  }

  return (
    <div className="home">
      <div className="greeting" part="header">
        <div className="top">
          {config.look.logo || custom.logo ? <img className="logo" src={custom.logo || config.look.logo} alt={custom.logoText} /> : <span className="name">{custom.title || config.look.title || language.say('title')}</span>}
          {tools}
        </div>
        <h2 id="bellpull-title">
          <bdi>{config.look.welcome || language.say('welcome')}</bdi>
        </h2>
      </div>
      <form className="card" ref={form} onSubmit={send} noValidate>
        <Presence />
        {fields.map((f) => (
          <FieldView key={f.name} field={f} wrong={wrong[f.name] ?? null} />
        ))}
        {consent !== null && (
          <div className="field">
            <label className="tick">
              <input type="checkbox" name="consent" required aria-invalid={wrong['consent'] !== undefined || undefined} aria-describedby={wrong['consent'] === undefined ? undefined : 'consent-wrong'} />
              <span dir="auto">
                {consent.text}{' '}
                {consent.link !== '' && (
                  <a href={consent.link} target="_blank" rel="noopener noreferrer">
                    {language.say('privacy')}
                  </a>
                )}
              </span>
            </label>
            {wrong['consent'] !== undefined && <Wrong id="consent-wrong" say={wrong['consent']} />}
          </div>
        )}
        {problem !== null && (
          <p className="notice" role="alert">
            <Icon name="wrong" />
            {language.say(sayProblem(problem))}
          </p>
        )}
        <button type="submit" className="do" aria-disabled={starting}>
          {language.say(starting ? 'starting' : config.open ? 'start' : 'leave')}
        </button>
        {!persistent && <p className="hours">{language.say('memory')}</p>}
      </form>
    </div>
  );
}

/** Whether somebody is there, and when somebody will be. */
function Presence() {
  const { config, language } = useSession();
  if (config.open && config.replyTime === '') return null;
  return (
    <p className="hours">
      <span className={config.open ? 'dot' : 'dot away'} />
      {config.open ? (
        <bdi>{config.replyTime}</bdi>
      ) : (
        <span>
          <strong>{language.say('closed')}</strong>
          {config.opensAt !== null && `${language.say('opensAt', { time: language.full(config.opensAt) })} `}
          {language.say('closedHint')}
        </span>
      )}
    </p>
  );
}

function FieldView({ field, wrong }: { field: Field; wrong: Key | null }) {
  const { language } = useSession();
  const id = useId();
  const label = field === defaultName ? language.say('name') : field.label;
  const common = {
    id,
    name: field.name,
    required: field.required,
    'aria-invalid': wrong === null ? undefined : true,
    'aria-describedby': wrong === null ? undefined : `${id}-wrong`,
  } as const;
  const problem = wrong !== null && <Wrong id={`${id}-wrong`} say={wrong} />;
  if (field.type === 'checkbox') {
    return (
      <div className="field">
        <label className="tick">
          <input type="checkbox" {...common} value="true" />
          <span dir="auto">{label}</span>
        </label>
        {problem}
      </div>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id} dir="auto">
        {label} {!field.required && <span className="optional">({language.say('optional')})</span>}
      </label>
      {field.type === 'select' ? (
        <select {...common}>
          <option value="">{language.say('choose')}</option>
          {field.options.map((o) => (
            <option key={o}>{o}</option>
          ))}
        </select>
      ) : field.type === 'textarea' ? (
        <textarea {...common} dir="auto" maxLength={1000} />
      ) : (
        <input {...common} type={field.type} autoComplete={(field.autocomplete || { text: '', email: 'email', tel: 'tel' }[field.type]) as 'name'} dir={field.type === 'text' ? 'auto' : undefined} maxLength={256} />
      )}
      {problem}
    </div>
  );
}

function Wrong({ id, say }: { id: string; say: Key }) {
  const { language } = useSession();
  return (
    <span className="wrong" id={id} role="alert">
      <Icon name="wrong" />
      {language.say(say)}
    </span>
  );
}

/** What is wrong with a value, or null. */
export function check(field: Field, value: string): Key | null {
  if (value === '') return field.required ? 'required' : null;
  if (field.type === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return 'badEmail';
  if (field.type === 'tel' && !/^\+?[\d\s().\/-]{5,}$/.test(value)) return 'badPhone';
  return null;
}
