import type { ReactNode } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { buttonClass } from './button'
import styles from './menu.module.css'

export interface MenuAction {
  readonly id: string
  readonly label: string
  readonly onAction: () => void
}

interface ActionsMenuProps {
  /** What the actions concern, for screen readers: `Actions of acme`. */
  readonly label: string
  readonly actions: readonly MenuAction[]
}

/** The acts that a row of a table offers, behind one button. */
export function ActionsMenu({ label, actions }: ActionsMenuProps): ReactNode {
  return (
    <MenuTrigger>
      <Button aria-label={label} className={buttonClass('quiet', true)}>
        <span aria-hidden>⋯</span>
      </Button>
      <Popover className={styles['popover']} placement="bottom end">
        <Menu className={styles['menu']}>
          {actions.map(({ id, label: text, onAction }) => (
            <MenuItem key={id} id={id} className={styles['item']} onAction={onAction}>
              {text}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
