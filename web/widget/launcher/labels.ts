/** What the button says until the core, which has all words, has come: open and close. */
export const labels: Readonly<Record<string, readonly [open: string, close: string]>> = {
  en: ['Open chat', 'Minimise chat'],
  ar: ['فتح المحادثة', 'تصغير المحادثة'],
  de: ['Chat öffnen', 'Chat minimieren'],
  es: ['Abrir el chat', 'Minimizar el chat'],
  fr: ['Ouvrir la discussion', 'Réduire la discussion'],
  he: ['פתיחת הצ׳אט', 'מזעור הצ׳אט'],
  it: ['Apri la chat', 'Riduci la chat'],
  ja: ['チャットを開く', 'チャットを最小化'],
  nl: ['Chat openen', 'Chat minimaliseren'],
  pl: ['Otwórz czat', 'Zminimalizuj czat'],
  pt: ['Abrir o chat', 'Minimizar o chat'],
  sv: ['Öppna chatten', 'Minimera chatten'],
  tr: ['Sohbeti aç', 'Sohbeti küçült'],
  zh: ['打开聊天', '最小化聊天'],
};
