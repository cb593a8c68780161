/**
 * Views: forms and cards that a flow shows. The message holds a token; the
 * template behind it is a tree of parts whose values are paths into the data
 * that came with the message.
 */

import { useEffect, useState, type ReactNode } from 'react';
import { list, record, text } from '../../chat/item';
import { useSession } from '../session';
import fields from '../parts/home.css?inline';
import { responseType } from './answer';

type Part = Readonly<{ type: string; props: Readonly<Record<string, unknown>>; parts: readonly Part[]; key: string }>;

export function ViewForm({ token, data, answer }: { token: string; data: unknown; answer: string | null }) {
  const { chat, language, style } = useSession();
  style(fields);
  const [parts, setParts] = useState<readonly Part[] | null | undefined>(undefined);
  const locked = answer !== null;

  useEffect(() => {
    let wanted = true;
    void chat.view(token).then((template) => wanted && setParts(template === null ? null : partsOf(record(template)['Body'], data)));
    return () => {
      wanted = false;
    };
  }, [token]);

  function answered(action: string, values: Readonly<Record<string, unknown>>) {
    if (locked) return;
    chat.send(JSON.stringify({ templateType: 'ViewResource', version: '1.0', action, data: values }), responseType);
  }

  if (parts === undefined) return <div className="bubble soft">{language.say('loading')}</div>;
  if (parts === null) return <div className="bubble soft">{language.say('unshown')}</div>;
  return (
    <form
      className="asks"
      onSubmit={(e) => {
        e.preventDefault();
        const button = (e.nativeEvent as SubmitEvent).submitter;
        answered(button?.getAttribute('value') ?? 'Submit', { FormData: Object.fromEntries(new FormData(e.currentTarget)) });
      }}
    >
      <fieldset className="form" disabled={locked}>
        {parts.map((part) => (
          <PartView key={part.key} part={part} answered={answered} />
        ))}
      </fieldset>
    </form>
  );
}

type Answered = (action: string, values: Readonly<Record<string, unknown>>) => void;

function PartView({ part, answered }: { part: Part; answered: Answered }): ReactNode {
  const { props } = part;
  const prop = (name: string) => words(props[name]);
  const inner = part.parts.map((p) => <PartView key={p.key} part={p} answered={answered} />);
  switch (part.type) {
    case 'TextBlock':
      return (
        <div dir="auto">
          <b>{prop('Heading')}</b>
          <p>{prop('Text')}</p>
        </div>
      );
    case 'Status':
      return <p dir="auto">{prop('Status')}</p>;
    case 'AttributeBar':
      return (
        <dl>
          {list(props['Attributes']).map(record).map((a, i) => (
            <div key={i}>
              <dt>{words(a['Label'])}</dt>
              <dd dir="auto">{words(a['Value'])}</dd>
            </div>
          ))}
        </dl>
      );
    case 'Button':
    case 'Link': {
      const [label, action] = [prop('Label'), prop('Action')];
      return label === '' ? null : (
        <button type="button" className={part.type === 'Link' ? 'link' : 'do plain'} onClick={() => answered(action, {})}>
          {label}
        </button>
      );
    }
    case 'SubmitButton':
      return (
        <button type="submit" className="do" value={prop('Action')}>
          {prop('Label') || prop('Action')}
        </button>
      );
    case 'Form':
      return (
        <>
          {(prop('Heading') || prop('SubHeading')) !== '' && (
            <div dir="auto">
              <b>{prop('Heading')}</b>
              <p>{prop('SubHeading')}</p>
            </div>
          )}
          {prop('Error') !== '' && <p className="notice">{prop('Error')}</p>}
          {list(props['Sections']).map((section, i) => (
            <Section key={i} section={record(section)} />
          ))}
          <div className="row">{inner}</div>
        </>
      );
    case 'CardGroup':
      return list(props['Cards']).map((c, i) => {
        const summary = record(record(c)['Summary']);
        return (
          <button key={i} type="button" className="do plain" dir="auto" onClick={() => answered(prop('Action') || 'ActionSelected', { ActionSelected: words(summary['Id']) })}>
            {words(summary['Heading'])}
          </button>
        );
      });
    case 'List':
      return (
        <ul>
          {list(props['Items']).map((i, n) => (
            <li key={n} dir="auto">
              {words(record(i)['Heading'])} {words(record(i)['Description'])}
            </li>
          ))}
        </ul>
      );
    default:
      return inner.length === 0 ? null : inner;
  }
}

/** Fields of a form: a heading, and items that are fields or text. */
function Section({ section }: { section: Readonly<Record<string, unknown>> }) {
  const heading = words(section['Heading']);
  return (
    <fieldset>
      {heading !== '' && <legend dir="auto">{heading}</legend>}
      {list(section['Items']).map((i, n) => (
        <FormField key={n} item={record(i)} />
      ))}
    </fieldset>
  );
}

const inputs: Readonly<Record<string, string>> = { DatePicker: 'date', TimeInput: 'time', EmailInput: 'email', PhoneInput: 'tel', NumberInput: 'number' };

function FormField({ item }: { item: Readonly<Record<string, unknown>> }) {
  const props = { ...item, ...record(item['Props']) };
  const prop = (name: string) => words(props[name]);
  const name = prop('Name') || prop('name') || text(item['_id']);
  const label = prop('Label') || name;
  const common = { name, required: props['Required'] === true || props['required'] === true };
  const options = list(props['Options'] ?? props['options']).map(record);
  switch (text(item['Type'])) {
    case 'TextBlock':
    case 'Text':
      return <p dir="auto">{prop('Text') || label}</p>;
    case 'Checkbox':
      return (
        <label className="tick">
          <input type="checkbox" {...common} value="true" />
          {label}
        </label>
      );
    case 'Dropdown':
    case 'Select':
    case 'Radio':
    case 'RadioGroup':
      return (
        <label className="field">
          <span className="caption">{label}</span>
          <select {...common} defaultValue={prop('DefaultValue')}>
            <option value="" />
            {options.map((o, i) => (
              <option key={i} value={words(o['Value'] ?? o['value'])}>
                {words(o['Label'] ?? o['label'] ?? o['Value'])}
              </option>
            ))}
          </select>
        </label>
      );
    case 'TextArea':
      return (
        <label className="field">
          <span className="caption">{label}</span>
          <textarea {...common} defaultValue={prop('DefaultValue')} />
        </label>
      );
    default:
      return (
        <label className="field">
          <span className="caption">{label}</span>
          <input type={inputs[text(item['Type'])] ?? (prop('InputType') || 'text')} {...common} defaultValue={prop('DefaultValue')} />
        </label>
      );
  }
}

/** Reads a template's parts, with the paths in their properties replaced by what they lead to. */
function partsOf(body: unknown, data: unknown): readonly Part[] {
  return list(body).map((value, i) => {
    const o = record(value);
    const props = Object.entries(record(o['Props'])).map(([name, v]) => [name, typeof v === 'string' && v.startsWith('$.') ? lookUp(v, data) : v]);
    return { type: text(o['Type']), key: text(o['_id']) || String(i), props: Object.fromEntries(props) as Record<string, unknown>, parts: partsOf(o['Content'], data) };
  });
}

function lookUp(path: string, data: unknown): unknown {
  return path.slice(2).split('.').reduce<unknown>((at, name) => record(at)[name], data);
}

function words(v: unknown): string {
  return typeof v === 'string' || typeof v === 'number' ? String(v) : '';
}
