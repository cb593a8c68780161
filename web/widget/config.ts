/**
 * What the server says of a widget: GET /widget/ID/config, parsed once. Every
 * part of the look may be missing.
 */

import { list, record, text } from '../chat/item';
import type { Details } from './launcher/host';

export type Field = Readonly<{
  name: string;
  label: string;
  type: 'text' | 'email' | 'tel' | 'select' | 'textarea' | 'checkbox';
  required: boolean;
  options: readonly string[];
  autocomplete: string;
}>;

export type Theme = 'auto' | 'light' | 'dark';

export type Look = Readonly<{
  title: string;
  welcome: string;
  accent: string;
  accentText: string;
  theme: Theme;
  font: string;
  /** In pixels; null is our own. */
  radius: number | null;
  logo: string;
  language: string;
  strings: Readonly<Record<string, unknown>>;
  form: readonly Field[] | null;
  consent: Readonly<{ text: string; link: string }> | null;
  receipts: boolean;
  typing: boolean;
  sounds: boolean;
  transcript: boolean;
  emoji: boolean;
  /** Origins beside the server's and the page's own whose images interactive messages may show. */
  imageHosts: readonly string[];
}>;

export type Config = Readonly<{
  id: string;
  name: string;
  signed: boolean;
  persistent: boolean;
  contentTypes: readonly string[];
  open: boolean;
  /** Milliseconds since 1970; null when not known. */
  opensAt: number | null;
  replyTime: string;
  challenge: boolean;
  files: Readonly<{ maxBytes: number; types: readonly string[] }> | null;
  look: Look;
}>;

/** Parses it; base is the server's address, which paths are of. */
export function parseConfig(value: unknown, base: string): Config {
  const o = record(value);
  const files = record(o['attachments']);
  const opens = Date.parse(text(o['opensAt']));
  return {
    id: text(o['id']),
    name: text(o['name']),
    signed: o['signed'] === true,
    persistent: o['persistent'] === true,
    contentTypes: texts(o['contentTypes']),
    open: o['open'] !== false,
    opensAt: Number.isNaN(opens) ? null : opens,
    replyTime: text(o['replyTime']),
    challenge: o['challenge'] === true,
    files: files['enabled'] === true ? { maxBytes: number(files['maxBytes']) ?? 20 << 20, types: texts(files['types']) } : null,
    look: parseLook(o['look'], base),
  };
}

function parseLook(value: unknown, base: string): Look {
  const o = record(value);
  const colours = record(o['colors']);
  const consent = record(o['consent']);
  return {
    title: text(o['title']),
    welcome: text(o['welcome']),
    accent: text(colours['accent']),
    accentText: text(colours['accentText']),
    theme: o['theme'] === 'light' || o['theme'] === 'dark' ? o['theme'] : 'auto',
    font: text(o['font']),
    radius: number(o['radius']),
    logo: text(o['logo']) === '' ? '' : new URL(text(o['logo']), base).href,
    language: text(o['language']) || 'auto',
    strings: record(o['strings']),
    form: Array.isArray(o['form']) ? o['form'].flatMap(parseField) : null,
    consent: text(consent['text']) === '' ? null : { text: text(consent['text']), link: /^(https?:\/\/|\/)/.test(text(consent['link'])) ? text(consent['link']) : '' },
    receipts: o['receipts'] !== false,
    typing: o['typing'] !== false,
    sounds: o['sounds'] !== false,
    transcript: o['transcript'] !== false,
    emoji: o['emoji'] !== false,
    imageHosts: texts(o['imageHosts']),
  };
}

const fieldTypes = ['text', 'email', 'tel', 'select', 'textarea', 'checkbox'] as const;

function parseField(value: unknown): readonly Field[] {
  const o = record(value);
  const name = text(o['name']);
  if (name === '') return [];
  return [
    {
      name,
      label: text(o['label']) || name,
      type: fieldTypes.find((t) => t === o['type']) ?? 'text',
      required: o['required'] === true,
      options: texts(o['options']),
      autocomplete: text(o['autocomplete']),
    },
  ];
}

function texts(v: unknown): readonly string[] {
  return list(v).filter((t): t is string => typeof t === 'string');
}

function number(v: unknown): number | null {
  return typeof v === 'number' && Number.isFinite(v) ? v : null;
}

/** The name of the field that is the customer's name and not an attribute. */
export const nameField = /^(name|displayName)$/;

/** What the page has told already and need not be asked. */
export function known(field: Field, details: Details): string | undefined {
  return nameField.test(field.name) ? details.name || undefined : details.attributes?.[field.name];
}
