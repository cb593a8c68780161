import { memo } from 'react';
import { marked, type Token, type Tokens } from 'marked';
import { safeAddress } from './address';
import './markdown.css';

/** Shows markdown as elements and never as HTML, so that nothing in it can run. HTML in it is text. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return <div className="markdown">{nodes(marked.lexer(text, { gfm: true, breaks: true }))}</div>;
});

function nodes(tokens: readonly Token[] | undefined): React.ReactNode {
  return (tokens ?? []).map((t, i) => <Node key={i} token={t} />);
}

function Node({ token }: { token: Token }): React.ReactNode {
  switch (token.type) {
    case 'paragraph':
      return <p>{nodes(token.tokens)}</p>;
    case 'heading':
      return (
        <p>
          <strong>{nodes(token.tokens)}</strong>
        </p>
      );
    case 'strong':
      return <strong>{nodes(token.tokens)}</strong>;
    case 'em':
      return <em>{nodes(token.tokens)}</em>;
    case 'del':
      return <del>{nodes(token.tokens)}</del>;
    case 'codespan':
      return <code>{token['text']}</code>;
    case 'code':
      return (
        <pre>
          <code>{token['text']}</code>
        </pre>
      );
    case 'blockquote':
      return <blockquote>{nodes(token.tokens)}</blockquote>;
    case 'list': {
      const { ordered, start, items } = token as Tokens.List;
      const entries = items.map((item, i) => <li key={i}>{nodes(item.tokens)}</li>);
      return ordered ? <ol start={start === '' ? 1 : start}>{entries}</ol> : <ul>{entries}</ul>;
    }
    case 'link': {
      const address = safeAddress((token as Tokens.Link).href);
      if (address === null) return <>{nodes(token.tokens)}</>;
      return (
        <a href={address} target="_blank" rel="noopener noreferrer">
          {nodes(token.tokens)}
        </a>
      );
    }
    case 'br':
      return <br />;
    case 'space':
      return null;
    case 'hr':
      return <hr />;
    case 'text':
      return token.tokens === undefined ? token.raw : nodes(token.tokens);
    case 'escape':
      return token['text'];
    default:
      return token.raw; // HTML, images and tables are shown as they were typed
  }
}
