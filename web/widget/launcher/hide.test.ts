import { expect, test } from 'vitest';
import { asksForChat, matches } from './hide';

test('a star is anything, and everything else is itself', () => {
  expect(matches('/checkout/pay', ['/checkout*'])).toBe(true);
  expect(matches('/shop/checkout', ['/checkout*'])).toBe(false);
  expect(matches('/a.b', ['/a.b'])).toBe(true);
  expect(matches('/axb', ['/a.b'])).toBe(false);
  expect(matches('/de/cart', ['/x', '/*/cart'])).toBe(true);
  expect(matches('/', [7, null])).toBe(false);
});

test('only the word itself asks for the chat', () => {
  expect(asksForChat({ hash: '#chat', search: '' })).toBe(true);
  expect(asksForChat({ hash: '', search: '?a=1&chat' })).toBe(true);
  expect(asksForChat({ hash: '', search: '?chat=1' })).toBe(true);
  expect(asksForChat({ hash: '#chats', search: '?chatter=1&nochat' })).toBe(false);
});
