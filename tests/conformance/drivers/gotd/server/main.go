// Gotd's test server (tgtest), for `sansio-tl conform server`: server PUBLIC_KEY_FILE. It writes its key there, prints
// its address, and answers help.getNearestDc and help.getConfig.
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgtest"
	"github.com/gotd/td/tgtest/services"
	"github.com/gotd/td/transport"
)

const (
	dataCenter = 2
	keyBits    = 2048
)

func run(keyFile string) error {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	block := &pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	dispatcher := tgtest.NewDispatcher()
	dispatcher.Result(tg.HelpGetNearestDCRequestTypeID, &tg.NearestDC{Country: "US", ThisDC: dataCenter, NearestDC: dataCenter})
	dispatcher.Result(tg.HelpGetConfigRequestTypeID, &tg.Config{ThisDC: dataCenter})
	dispatcher.Fallback(tgtest.HandlerFunc(services.NotImplemented))
	server := tgtest.NewServer(tgtest.NewPrivateKey(key), tgtest.UnpackInvoke(dispatcher), tgtest.ServerOptions{DC: dataCenter})
	fmt.Println(listener.Addr())
	return server.Serve(context.Background(), transport.Listen(newPatient(listener)))
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
