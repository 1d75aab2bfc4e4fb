// Gotd logs in as the environment of `sansio-tl conform client` says, makes two calls, and exits.
package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
)

const dataCenters = 5

func publicKey(path string) (*rsa.PublicKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM block in PUBLIC_KEY")
	}
	return x509.ParsePKCS1PublicKey(block.Bytes)
}

func number(name string) (int, error) {
	return strconv.Atoi(os.Getenv(name))
}

func run(ctx context.Context) error {
	key, err := publicKey(os.Getenv("PUBLIC_KEY"))
	if err != nil {
		return err
	}
	port, err := number("PORT")
	if err != nil {
		return err
	}
	dc, err := number("DC")
	if err != nil {
		return err
	}
	apiID, err := number("API_ID")
	if err != nil {
		return err
	}
	var list dcs.List
	for id := 1; id <= dataCenters; id++ {
		list.Options = append(list.Options, tg.DCOption{ID: id, IPAddress: os.Getenv("HOST"), Port: port, Static: true})
	}
	client := telegram.NewClient(apiID, os.Getenv("API_HASH"), telegram.Options{
		PublicKeys: []telegram.PublicKey{{RSA: key}},
		DC:         dc,
		DCList:     list,
		Resolver:   dcs.Plain(dcs.PlainOptions{}),
	})
	code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) {
		return os.Getenv("CODE"), nil
	})
	user := auth.Constant(os.Getenv("PHONE"), os.Getenv("PASSWORD"), code)
	return client.Run(ctx, func(ctx context.Context) error {
		if err := auth.NewFlow(user, auth.SendCodeOptions{}).Run(ctx, client.Auth()); err != nil {
			return err
		}
		if _, err := client.API().HelpGetNearestDC(ctx); err != nil {
			return err
		}
		_, err := client.API().HelpGetConfig(ctx)
		return err
	})
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
