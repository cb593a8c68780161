import { Component, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { ItemId } from '../../chat/item';
import { whoOf } from '../conversation/rows';
import type { Details } from '../launcher/host';
import { useChat, useModule, useSession } from '../session';
import { EndQuestion, IdleCard, LineBanner, QueueCard } from './cards';
import { Composer, sendFiles } from './composer';
import { Head, Menu, type MenuItem } from './head';
import type { Submit } from './home';
import { Icon } from './icon';
import { Log } from './log';
import { sayProblem } from './problem';
import { keepFocus, useSheet, useSheetBehaviour } from './sheet';

export type PanelProps = Readonly<{
  open: boolean;
  /** Nothing of the launcher is to be seen, so the panel takes its place. */
  alone: boolean;
  details: Details;
  /** A start waits for the page. */
  signing: boolean;
  sounds: boolean;
  setSounds(on: boolean): void;
  submit: Submit;
  close(): void;
}>;

/** The window: a welcome before a chat, the conversation in one, and what comes after. */
export function Panel(props: PanelProps) {
  const session = useSession();
  const { chat, config, custom, language } = session;
  const state = useChat();
  const { phase } = state;
  const [menu, setMenu] = useState(false);
  const [asking, setAsking] = useState(false);
  const [problem, refuse] = useState<string | null>(null);
  const [dropping, setDropping] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const sheet = useSheet(custom.sheet);
  const firstNew = useFirstNew(props.open);
  useSheetBehaviour(sheet && props.open, panel, props.close);

  // What stands before a chat is a module of its own: whoever comes back to one does not need it.
  const home = useModule(() => import('./home'), phase === 'idle' || phase === 'starting');
  const talking = phase === 'open' || phase === 'ended' || phase === 'resuming';

  // The focus moves in when the panel opens, and on when what it shows is another thing.
  useLayoutEffect(() => {
    if (!props.open) return;
    const field = panel.current?.querySelector<HTMLElement>('textarea, .home input, .home select, .over .do:not(.plain), .home .do');
    (field ?? panel.current)?.focus({ preventScroll: true });
  }, [props.open, talking, phase === 'ended', home]);

  if (!props.open) return null;

  const download = config.look.transcript && !custom.hideDownload && state.items.length > 0;
  const items: MenuItem[] = [];
  if (config.look.sounds) {
    items.push({ icon: props.sounds ? 'soundOff' : 'soundOn', label: language.say(props.sounds ? 'soundOff' : 'soundOn'), choose: () => props.setSounds(!props.sounds) });
  }
  const transcript = () => import('../transcript');
  if (download) {
    items.push(
      { icon: 'save', label: language.say('saveText'), choose: () => void transcript().then((t) => t.save('txt', chat.state, session)) },
      { icon: 'page', label: language.say('saveHtml'), choose: () => void transcript().then((t) => t.save('html', chat.state, session)) },
      { icon: 'print', label: language.say('print'), choose: () => void transcript().then((t) => t.print(chat.state, session)) },
    );
  }
  const endLabel = custom.endText || language.say('end');
  if (phase === 'open') items.push({ icon: 'leave', label: endLabel, bad: true, choose: () => setAsking(true) });

  const tools = (
    <div>
      {items.length > 0 && talking && <Menu items={items} open={menu} set={setMenu} />}
      <button type="button" className="tool" aria-label={language.say('close')} onClick={props.close}>
        <Icon name="minimise" />
      </button>
    </div>
  );

  const takesFiles = phase === 'open' && config.files !== null && !custom.noFiles;
  return (
    <section
      ref={panel}
      className={`panel${sheet ? ' sheet' : ''}${props.alone ? ' alone' : ''}${talking ? '' : ' short'}`}
      part="panel"
      role="dialog"
      aria-modal={sheet}
      aria-labelledby="bellpull-title"
      tabIndex={-1}
      onKeyDown={(e) => {
        if (e.key === 'Escape') props.close();
        else if (e.key === 'Tab' && sheet && panel.current !== null) keepFocus(e as unknown as KeyboardEvent, panel.current);
      }}
      onDragOver={(e) => {
        if (!takesFiles || !e.dataTransfer?.types.includes('Files')) return;
        e.preventDefault();
        setDropping(true);
      }}
      onDragLeave={(e) => e.relatedTarget === null && setDropping(false)}
      onDrop={(e) => {
        setDropping(false);
        if (!takesFiles) return;
        e.preventDefault();
        sendFiles([...(e.dataTransfer?.files ?? [])], session, refuse);
      }}
    >
      {!talking ? (
        home !== null && <home.Home details={props.details} signing={props.signing} submit={props.submit} tools={tools} />
      ) : (
        <>
          <Head tools={tools} />
          <LineBanner />
          <div className="stage">
            {phase === 'resuming' ? (
              <div className="waiting-bones">
                <i />
                <i />
                <span className="aside">{language.say('loading')}</span>
              </div>
            ) : (
              <Log firstNew={firstNew} />
            )}
            {dropping && (
              <div className="drop">
                {language.say('drop')}
                {config.files !== null && <span>{language.say('limits', { size: language.size(config.files.maxBytes) })}</span>}
              </div>
            )}
          </div>
          <div className="foot">
            {phase === 'open' && (
              <>
                <QueueCard />
                <IdleCard />
                <Trouble problem={problem ?? (state.problem === null ? null : language.say(sayProblem(state.problem)))} dismiss={problem === null ? null : () => refuse(null)} />
                <Composer refuse={refuse} />
              </>
            )}
            {phase === 'ended' && <Over download={download ? () => void transcript().then((t) => t.save('txt', chat.state, session)) : null} />}
          </div>
        </>
      )}
      {asking && phase === 'open' && (
        <EndQuestion
          label={endLabel}
          answer={(end) => {
            setAsking(false);
            if (end) void chat.end();
            else panel.current?.querySelector('textarea')?.focus();
          }}
        />
      )}
    </section>
  );
}

/** What went wrong, said at once to those who listen; what the customer did can be waved away. */
function Trouble({ problem, dismiss }: { problem: string | null; dismiss: (() => void) | null }) {
  const { language } = useSession();
  return (
    <div role="alert">
      {problem !== null && (
        <div className="composer">
          <p className="notice">
            <Icon name="wrong" />
            <span dir="auto">{problem}</span>
            {dismiss !== null && (
              <button type="button" className="link" onClick={dismiss}>
                {language.say('dismiss')}
              </button>
            )}
          </p>
        </div>
      )}
    </div>
  );
}

function Over({ download }: { download: (() => void) | null }) {
  const { chat, language } = useSession();
  return (
    <div className="over" role="status">
      <div>
        <strong>{language.say('ended')}</strong>
        <p>{language.say('endedHint')}</p>
      </div>
      <div className="row">
        {download !== null && (
          <button type="button" className="do plain" onClick={download}>
            <Icon name="save" />
            {language.say('saveText')}
          </button>
        )}
        <button type="button" className="do" onClick={() => chat.reset()}>
          {language.say('again')}
        </button>
      </div>
    </div>
  );
}

/** Where the new begins when the panel is opened: the first of the messages that came while it was closed. */
function useFirstNew(open: boolean): ItemId | null {
  const { items, me, unread } = useChat();
  const first = useRef<ItemId | null>(null);
  useLayoutEffect(() => {
    if (!open && unread === 0) first.current = null;
  }, [open, unread]);
  if (!open && unread > 0) {
    const theirs = items.filter((i) => i.kind !== 'event' && whoOf(i, me) !== 'me');
    first.current = theirs.at(-unread)?.id ?? null;
  }
  return first.current;
}

/** Whatever breaks in the panel breaks there, and can be begun anew. */
export class Boundary extends Component<{ words: string; again: string; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <section className="panel" role="dialog" aria-label={this.props.words}>
        <div className="over" role="alert">
          <p>{this.props.words}</p>
          <div className="row">
            <button type="button" className="do" onClick={() => this.setState({ broken: false })}>
              {this.props.again}
            </button>
          </div>
        </div>
      </section>
    );
  }
}
