import { expect, test } from 'vitest';
import { strength } from './strength';

const level = (password: string, ...names: string[]) => strength(password, names).level;

test('length counts, and not kinds of characters', () => {
  expect(level('')).toBe(0);
  expect(strength('kettle', []).words).toBe('4 more characters. A sentence is fine.');
  expect(level('kettle-sky')).toBe(2);
  expect(level('kettle sky moss')).toBe(3);
  expect(level('kettle sky moss window')).toBe(4);
});

test('what anybody would try does not count', () => {
  expect(level('password1234')).toBe(1);
  expect(level('miamiamiamia', 'mia')).toBe(1);
  expect(level('aaaaaaaaaaaaaa')).toBe(1);
});
