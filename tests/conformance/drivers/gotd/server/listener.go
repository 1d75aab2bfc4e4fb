package main

import (
	"bufio"
	"net"
)

// patient hands over the connections that have sent a byte: tgtest ends when one is closed before.
type patient struct {
	net.Listener
	ready chan net.Conn
	ended chan error
}

type buffered struct {
	net.Conn
	reader *bufio.Reader
}

func (c buffered) Read(data []byte) (int, error) {
	return c.reader.Read(data)
}

func newPatient(listener net.Listener) patient {
	p := patient{listener, make(chan net.Conn), make(chan error, 1)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				p.ended <- err
				return
			}
			go p.wait(conn)
		}
	}()
	return p
}

func (p patient) wait(conn net.Conn) {
	reader := bufio.NewReader(conn)
	if _, err := reader.Peek(1); err != nil {
		_ = conn.Close()
		return
	}
	p.ready <- buffered{conn, reader}
}

func (p patient) Accept() (net.Conn, error) {
	select {
	case conn := <-p.ready:
		return conn, nil
	case err := <-p.ended:
		return nil, err
	}
}
