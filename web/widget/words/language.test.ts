import { expect, test } from 'vitest';
import { ar } from './ar';
import { en, type Key } from './en';
import { chooseTag, language, languages, loadLanguage } from './language';
import { pl } from './pl';

const modules = import.meta.glob('./*.ts');

test('the setting comes before the page and the page before the browser', () => {
  expect(chooseTag('auto', 'fr-CA', ['de'])).toBe('fr-CA');
  expect(chooseTag('he', 'fr', ['de'])).toBe('he');
  expect(chooseTag('auto', '', ['fi', 'zh-Hans-CN', 'de'])).toBe('zh-Hans-CN');
  expect(chooseTag('auto', 'xx', ['fi'])).toBe('en');
  expect(chooseTag('auto', 'en', ['de', 'en-GB'])).toBe('en-GB');
});

test('numbers choose the plural form of the language', () => {
  const polish = language('pl', pl, {});
  expect(polish.say('unread', { n: 1 })).toBe('1 nieprzeczytana wiadomość');
  expect(polish.say('unread', { n: 3 })).toBe('3 nieprzeczytane wiadomości');
  expect(polish.say('unread', { n: 12 })).toBe('12 nieprzeczytanych wiadomości');
  expect(language('ar', ar, {}).say('unread', { n: 2 })).toBe('رسالتان غير مقروءتين');
});

test('a site says what it likes differently, forms included', () => {
  const own = language('en', en, { start: 'Talk to Ada', unread: { one: 'a note', other: '{n} notes' }, end: 7 });
  expect(own.say('start')).toBe('Talk to Ada');
  expect(own.say('unread', { n: 1 })).toBe('a note');
  expect(own.say('unread', { n: 4 })).toBe('4 notes');
  expect(own.say('end')).toBe('End chat');
});

test('a name that has braces in it stays as it is', () => {
  expect(language('en', en, {}).say('joined', { name: '{n} $&' })).toBe('{n} $& joined the chat');
});

test('days are named from where one stands', () => {
  const english = language('en-GB', en, {});
  const now = new Date(2026, 2, 10, 0, 30).getTime();
  expect(english.day(new Date(2026, 2, 10, 0, 1).getTime(), now)).toBe('Today');
  expect(english.day(new Date(2026, 2, 9, 23, 59).getTime(), now)).toBe('Yesterday');
  expect(english.day(new Date(2026, 2, 1, 12).getTime(), now)).toBe('Sunday 1 March');
  expect(english.size(1_310_720)).toBe('1.3 MB');
  expect(english.size(20 * 1024 ** 2)).toBe('20 MB');
});

test('every language has every text, with the same names to fill in and every form it needs', async () => {
  for (const code of languages) {
    const spoken = await loadLanguage(code, {});
    const forms = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    const words: Record<string, unknown> = code === 'en' ? en : ((await modules[`./${code}.ts`]!()) as Record<string, Record<string, unknown>>)[code]!;
    for (const key of Object.keys(en) as Key[]) {
      const [mine, english] = [words[key], en[key] as string | Record<string, string>];
      expect(spoken.say(key), `${code} ${key}`).not.toBe('');
      if (typeof english !== 'string') {
        const had = Object.keys(mine as object);
        // Decimals have a form of their own in some languages, which counts never take.
        expect(forms.filter((f) => !had.includes(f) && !(f === 'many' && ['es', 'fr', 'it', 'pt'].includes(code))), `${code} ${key}`).toEqual([]);
      } else {
        const names = (t: string) => (t.match(/\{\w+\}/g) ?? []).sort();
        expect(names(mine as string), `${code} ${key}`).toEqual(names(english));
      }
    }
  }
});
