import { Card, CopyText } from '../ui';
import { snippet, type Widget } from './widget';

/** The page on which a widget can be tried. */
export const tryPage = (id: string): string => `/setup/test.html?widget=${encodeURIComponent(id)}`;

/** What to paste, and where to see it. */
export function PasteStep({ widget }: { widget: Widget }) {
  return (
    <div className="paste">
      <Card title="Paste this into your pages">
        <p className="quiet">Before the end of the body, on each page that is to have it.</p>
        <CopyText label="the snippet" text={snippet(location.origin, widget)} />
        {widget.origins.length === 0 && <p className="where-note">No site of yours is allowed yet. Add its address in the step before, or the widget stays hidden there.</p>}
        <p className="quiet">
          Has your site a content security policy? Let <code>script-src</code>, <code>img-src</code> and <code>connect-src</code> have <code>{location.origin}</code>, and{' '}
          <code>connect-src</code> <code>{location.origin.replace(/^http/, 'ws')}</code> too.
        </p>
      </Card>
      <Card title="Try it">
        <p>A page of this server has your widget already. Chat with yourself: open it beside the desk.</p>
        <div className="where-acts">
          <a className="button primary" href={tryPage(widget.id)} target="_blank" rel="noopener">
            Try it
          </a>
          <a className="button plain" href="/desk/" target="_blank" rel="noopener">
            Open the desk
          </a>
        </div>
      </Card>
    </div>
  );
}
