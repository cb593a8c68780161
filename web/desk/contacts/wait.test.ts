import { expect, test } from 'vitest';
import { urgency } from './wait';

test('a wait becomes long after a minute and very long after three', () => {
  expect([0, 59_999, 60_000, 179_999, 180_000].map(urgency)).toEqual(['fine', 'fine', 'long', 'long', 'very long']);
});
