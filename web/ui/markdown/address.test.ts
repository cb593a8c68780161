import { expect, test } from 'vitest';
import { safeAddress } from './address';

test('only addresses that cannot run are followed', () => {
  expect(safeAddress('https://example.com/a?b#c')).toBe('https://example.com/a?b#c');
  expect(safeAddress('mailto:ada@example.com')).toBe('mailto:ada@example.com');
  for (const bad of ['javascript:alert(1)', ' jAvAsCrIpT:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '/relative', '', 'nonsense']) {
    expect(safeAddress(bad), bad).toBe(null);
  }
});
