import { createContext, type ReactNode, useContext, useEffect } from 'react'
import styles from './page.module.css'

/** The tenant that an operator acts for, which the titles of documents name. Undefined on a user's own pages. */
export const ActingFor = createContext<string | undefined>(undefined)

interface PageProps {
  readonly title: string
  /** One sentence about what the page is for. */
  readonly lead?: ReactNode
  /** Buttons and links of the whole page. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page with its heading, which is the document's title too. */
export function Page({ title, lead, actions, children }: PageProps): ReactNode {
  const tenant = useContext(ActingFor)
  useEffect(() => {
    document.title = [title, ...(tenant === undefined ? [] : [tenant]), 'Tidemark'].join(' · ')
  }, [title, tenant])
  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <p className={styles['lead']}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

interface SectionProps {
  readonly title?: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A card of a page. */
export function Section({ title, lead, actions, children }: SectionProps): ReactNode {
  return (
    <section className={styles['section']} {...(title !== undefined && { 'aria-label': title })}>
      {(title !== undefined || actions !== undefined) && (
        <div className={styles['sectionHead']}>
          <div>
            {title !== undefined && <h2>{title}</h2>}
            {lead !== undefined && <p className={styles['lead']}>{lead}</p>}
          </div>
          {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
        </div>
      )}
      {children}
    </section>
  )
}
