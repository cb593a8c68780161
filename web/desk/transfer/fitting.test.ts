import { expect, test } from 'vitest';
import type { QuickConnect } from '../../chat/agent/records';
import { fitting, prospect } from './fitting';

const connect = (name: string, type: QuickConnect['type'], more: Partial<QuickConnect> = {}): QuickConnect => ({ arn: name, name, type, queue: '', agent: '', state: '', routable: false, free: 0, waiting: 0, ...more });
const all = [connect('Second line', 'queue', { queue: 'Support 2' }), connect('Ben', 'agent', { agent: 'ben.b' }), connect('Ana', 'agent')];
const names = (wanted: string, adds = false) => fitting(all, wanted, adds).map((q) => q.name);

test('all are shown by name, and a word finds them by whatever they are called', () => {
  expect(names('')).toEqual(['Ana', 'Ben', 'Second line']);
  expect(names('BEN.B')).toEqual(['Ben']);
  expect(names('support')).toEqual(['Second line']);
  expect(names('nobody')).toEqual([]);
});

test('it is told whether anybody is likely to answer', () => {
  const colleague = (more: Partial<QuickConnect>) => prospect(connect('Ben', 'agent', more));
  expect(colleague({ state: 'Available', routable: true, free: 2 })).toBe('Available');
  expect(colleague({ state: 'Available', routable: true })).toBe('Available, has enough chats');
  expect(colleague({ state: 'Break' })).toBe('Break');
  expect(prospect(connect('Sales', 'queue', { free: 3 }))).toBe('room for 3');
  expect(prospect(connect('Sales', 'queue', { waiting: 4 }))).toBe('nobody free, 4 waiting');
});

test('only colleagues can be added', () => {
  expect(names('', true)).toEqual(['Ana', 'Ben']);
});
