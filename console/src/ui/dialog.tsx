import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Button } from './button'
import styles from './dialog.module.css'

interface DialogProps {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
  /** Whether Escape and a press outside leave it open. */
  readonly mustAnswer?: boolean
}

/** A window over the page. The focus stays in it, and goes back to where it was. */
export function Dialog({ title, isOpen, onClose, children, mustAnswer = false }: DialogProps): ReactNode {
  return (
    <ModalOverlay
      className={styles['overlay']}
      isOpen={isOpen}
      isDismissable={!mustAnswer}
      isKeyboardDismissDisabled={mustAnswer}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className={styles['modal']}>
        <AriaDialog className={styles['dialog']} role={mustAnswer ? 'alertdialog' : 'dialog'}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

/** The buttons at the end of a dialog. The last one is what most users want. */
export function DialogButtons({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className={styles['buttons']}>{children}</div>
}

interface ConfirmProps {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  /** What will happen, in full. */
  readonly children: ReactNode
  /** The verb of the act: `Remove the key`. */
  readonly action: string
  /** What the button says that changes nothing. */
  readonly dismissal?: string
  readonly onConfirm: () => void
  readonly isPending?: boolean
  readonly isDisabled?: boolean
  readonly isDangerous?: boolean
}

/** Asks once before an act that can't be undone, and says what will happen. */
export function Confirm(props: ConfirmProps): ReactNode {
  const { title, isOpen, onClose, children, action, dismissal = 'Cancel', onConfirm } = props
  const { isPending, isDisabled, isDangerous = false } = props
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      {children}
      <DialogButtons>
        <Button onPress={onClose}>{dismissal}</Button>
        <Button
          look={isDangerous ? 'danger' : 'primary'}
          isPending={isPending}
          isDisabled={isDisabled}
          onPress={onConfirm}
        >
          {action}
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
