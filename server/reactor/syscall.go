//go:build linux

package reactor

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls on non-blocking descriptors below never block, so Go's scheduler is not told about them (RawSyscall): that
// would cost more than some of them do. They use the socket calls instead of read and write because these skip the
// file layer, and send can be told not to raise SIGPIPE.

func recv(fd int, p []byte) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

func send(fd int, p []byte) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

func sendv(fd int, v []unix.Iovec) (int, unix.Errno) {
	var h unix.Msghdr
	h.Iov = unsafe.SliceData(v)
	h.SetIovlen(len(v))
	n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&h)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	return int(n), errno
}

func closeSocket(fd int) {
	_, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}

// poll returns the events that are there already.
func poll(epfd int, events []unix.EpollEvent) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))),
		uintptr(len(events)), 0, 0, 0)
	return count(n, errno)
}

// await blocks up to timeout milliseconds for events.
func await(epfd int, events []unix.EpollEvent, timeout int) int {
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))),
		uintptr(len(events)), uintptr(timeout), 0, 0)
	return count(n, errno)
}

// linger waits up to timeout milliseconds without telling Go's scheduler. A loop under load waits for microseconds,
// thousands of times a second; handing its processor back each time costs more than the wait, and wakes the runtime's
// monitor thread each time. It is for short waits only: the scheduler believes the goroutine to be running. A
// collection that wants to begin interrupts it by a signal. ok is false if that, or another signal, happened.
func linger(epfd int, events []unix.EpollEvent, timeout int) (n int, ok bool) {
	r, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))),
		uintptr(len(events)), uintptr(timeout), 0, 0)
	return count(r, errno), errno == 0
}

// count of an interrupted wait is 0. Any other error means the epoll descriptor itself is wrong, a bug.
func count(n uintptr, errno unix.Errno) int {
	if errno == unix.EINTR {
		return 0
	}
	if errno != 0 {
		panic("reactor: epoll_wait: " + errno.Error())
	}
	return int(n)
}

// ring wakes the loop out of its wait.
func (l *loop) ring() {
	one := uint64(1)
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, uintptr(l.bell), uintptr(unsafe.Pointer(&one)), 8)
}
