import { expect, test } from 'vitest';
import { parseExplanation, reasonOf, standingOf } from './why';

const said = (more: object) => parseExplanation({ phase: 'queued', queue: { name: 'Sales' }, position: 2, agents: [{ username: 'ben', reason: 'no slot', detail: '1 of 1 taken' }], ...more });

test('where a contact stands', () => {
  expect(standingOf(said({}))).toBe('Number 2 in Sales. No agent can take it now; this is why:');
  expect(standingOf(said({ step: 1, steps: 2, agents: [{ username: 'ben', reason: 'fits' }] }))).toBe('Number 2 in Sales. Routing step 1 of 2 counts.');
  expect(standingOf(said({ ringsAt: 'ben', position: 0 }))).toBe('It rings at ben now.');
  expect(standingOf(said({ position: 0 }))).toBe('It does not wait any more.');
});

test('why an agent does not have it', () => {
  expect(said({}).agents.map(reasonOf)).toEqual(['Has no place free (1 of 1 taken)']);
  expect(reasonOf({ username: 'x', reason: 'a new reason', detail: '', until: null })).toBe('a new reason');
  expect(said({ agents: [{ username: 'eva', reason: 'delayed', until: 5 }] }).agents[0]?.until).toBe(5000);
});
