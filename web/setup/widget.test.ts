import { expect, test } from 'vitest';
import { hashOf, placeOf } from './place';
import { accentAdvice, newWidget, parseWidget, readOrigins, snippet, wireOf, wrongOrigin } from './widget';

test('what this page does not show of a widget stays', () => {
  const kept = { id: 'w1', name: 'Shop', flowId: 'f', origins: ['*'], secrets: ['s'], signed: false, hoursId: 'h', durationMinutes: 60, look: { form: [{ name: 'order' }], colors: { accent: '#123456', accentText: '#ffffff' }, logo: 'data:x' } };
  const w = parseWidget(kept);
  const put = wireOf({ ...w, name: ' Store ', look: { ...w.look, accent: '#654321', logo: '' } });
  expect(put).toMatchObject({ id: 'w1', name: 'Store', hoursId: 'h', durationMinutes: 60, look: { form: [{ name: 'order' }], colors: { accent: '#654321', accentText: '#ffffff' }, theme: 'auto' } });
  expect(put['look']).not.toHaveProperty('logo');
  expect(put).not.toHaveProperty('secrets');
});

test('a new widget has no id to put', () => {
  expect(wireOf(newWidget())).not.toHaveProperty('id');
});

test('origins are taken as people write them', () => {
  expect(readOrigins('shop.example.org\nhttps://Shop.example.org/cart?x=1, http://localhost:8080 https://*.example.org *')).toEqual([
    'https://shop.example.org', 'http://localhost:8080', 'https://*.example.org', '*',
  ]);
  expect(wrongOrigin(['https://a.b', '*', 'https://*.b.c', 'http://x:80'])).toBeNull();
  expect(wrongOrigin(['https://a.*.b'])).toBe('https://a.*.b');
  expect(wrongOrigin(['ftp:x'])).toBe('ftp:x');
});

test('an accent that cannot be read is corrected', () => {
  expect(accentAdvice('#14655c')).toBeNull();
  const advice = accentAdvice('#ffcc00');
  expect(advice?.says).toContain('1.5 to 1');
  expect(accentAdvice(advice?.instead ?? '')).toBeNull();
  expect(accentAdvice('blue')).toEqual({ says: 'A colour looks like #14655c.', instead: null });
});

test('the snippet asks for a token where starts are signed', () => {
  const w = parseWidget({ id: 'w1', name: 'Shop' });
  expect(snippet('https://chat.example.org', w)).toBe('<script src="https://chat.example.org/widget.js" data-widget="w1" async></script>');
  expect(snippet('https://chat.example.org', { ...w, signed: true })).toContain("amazon_connect('authenticate'");
});

test('the address says where one is; anything else is the token of a link', () => {
  for (const place of [{ at: 'list' }, { at: 'widget', id: 'w1', step: 'paste' }, { at: 'link', token: 'abc.def' }] as const) expect(placeOf(hashOf(place))).toEqual(place);
  expect(placeOf('#w/new/paste')).toEqual({ at: 'widget', id: 'new', step: 'look' });
});
