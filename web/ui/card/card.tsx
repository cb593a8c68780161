import type { Tone } from '../badge/badge';
import './card.css';

/** A titled part of a page. */
export function Card({ title, actions, children }: { title?: string; actions?: React.ReactNode; children: React.ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      {(title !== undefined || actions !== undefined) && (
        <header>
          {title !== undefined && <h2>{title}</h2>}
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

/** One figure and what it is; note puts it into words where it is not as it should be. */
export function Stat({ label, value, note, tone = 'neutral' }: { label: React.ReactNode; value: React.ReactNode; note?: string; tone?: Tone }) {
  return (
    <div className={`stat ${tone}`}>
      <span className="stat-label">{label}</span>
      <span className="stat-value">{value}</span>
      {note !== undefined && <span className="stat-note">{note}</span>}
    </div>
  );
}
