/**
 * What the hosted widget's customizationObject, customDisplayNames and
 * customStyles mean here, read once from whatever the page has said.
 */

import { record, text } from '../chat/item';
import type { Settings } from './launcher/settings';
import type { Key } from './words/en';

export type Custom = Readonly<{
  title: string;
  logo: string;
  logoText: string;
  systemName: string;
  botName: string;
  placeholder: string;
  endText: string;
  hideDownload: boolean;
  hideNames: boolean;
  agentName: string;
  customerName: string;
  events: Readonly<Partial<Record<Key, string>>>;
  noEmoji: boolean;
  noFiles: boolean;
  /** Whether an ended chat closes by itself instead of offering another. */
  skipOver: boolean;
  mockTyping: boolean;
  sheet: boolean;
  variables: Readonly<Record<string, string>>;
}>;

export function customOf(settings: Settings): Custom {
  const names = settings.object('customDisplayNames');
  const [header, transcript, footer] = ['header', 'transcript', 'footer'].map((part) => record(names[part]));
  const custom = settings.object('customizationObject');
  const part = (name: string) => record(custom[name]);
  const log = part('transcript');
  const composer = part('composer');
  const events = record(log['eventMessages']);
  const eventNames = record(log['eventNames']);
  const styles = settings.object('customStyles');
  const messages: readonly (readonly [Key, string])[] = [
    ['joined', text(events['participantJoined'])],
    ['gone', text(events['participantLeft']) || text(events['participantDisconnect'])],
    ['quiet', text(events['participantIdle'])],
    ['back', text(events['participantReturned'])],
    ['ended', text(events['chatEnded'])],
  ];
  return {
    title: text(header?.['headerMessage']),
    logo: text(header?.['logoUrl']),
    logoText: text(header?.['logoAltText']),
    systemName: text(transcript?.['systemMessageDisplayName']),
    botName: text(transcript?.['botMessageDisplayName']),
    placeholder: text(footer?.['textInputPlaceholder']),
    endText: text(footer?.['endChatButtonText']),
    hideDownload: part('header')['hideTranscriptDownloadButton'] === true,
    hideNames: log['hideDisplayNames'] === true,
    agentName: text(eventNames['agent']),
    customerName: text(eventNames['customer']),
    events: Object.fromEntries(messages.filter(([, words]) => words !== '')),
    noEmoji: composer['disableEmojiPicker'] === true,
    noFiles: composer['disableCustomerAttachments'] === true,
    skipOver: part('footer')['skipCloseChatButton'] === true,
    mockTyping: settings.get('mockLexBotTyping') === true,
    sheet: styles['fullscreenMode'] === true,
    variables: variablesOf(styles),
  };
}

/** The custom properties for those of the hosted widget's styles that have a place here. */
function variablesOf(styles: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const global = record(styles['global']);
  const transcript = record(styles['transcript']);
  const all = {
    '--width': text(global['frameWidth']),
    '--height': text(global['frameHeight']),
    '--font': text(global['typeface']),
    '--ground': text(transcript['widgetBackgroundColor']),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}
