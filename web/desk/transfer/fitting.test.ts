import { expect, test } from 'vitest';
import type { QuickConnect } from '../../chat/agent/records';
import { fitting } from './fitting';

const connect = (name: string, type: QuickConnect['type'], more: Partial<QuickConnect> = {}): QuickConnect => ({ arn: name, name, type, queue: '', agent: '', ...more });
const all = [connect('Second line', 'queue', { queue: 'Support 2' }), connect('Ben', 'agent', { agent: 'ben.b' }), connect('Ana', 'agent')];
const names = (wanted: string, adds = false) => fitting(all, wanted, adds).map((q) => q.name);

test('all are shown by name, and a word finds them by whatever they are called', () => {
  expect(names('')).toEqual(['Ana', 'Ben', 'Second line']);
  expect(names('BEN.B')).toEqual(['Ben']);
  expect(names('support')).toEqual(['Second line']);
  expect(names('nobody')).toEqual([]);
});

test('only colleagues can be added', () => {
  expect(names('', true)).toEqual(['Ana', 'Ben']);
});
