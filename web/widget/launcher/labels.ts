/** What the button says until the core, which has all words, has come. */
export const labels: Readonly<Record<string, string>> = {
  en: 'Open chat',
  ar: 'فتح المحادثة',
  de: 'Chat öffnen',
  es: 'Abrir el chat',
  fr: 'Ouvrir la discussion',
  he: 'פתיחת הצ׳אט',
  it: 'Apri la chat',
  ja: 'チャットを開く',
  nl: 'Chat openen',
  pl: 'Otwórz czat',
  pt: 'Abrir o chat',
  sv: 'Öppna chatten',
  tr: 'Sohbeti aç',
  zh: '打开聊天',
};
