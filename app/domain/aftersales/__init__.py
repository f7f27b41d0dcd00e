"""After-sale (售后): what a shopper asks for after paying: money back, goods returned, goods exchanged. While one is open the
money of its lines stays where it is (R12). A chargeback (拒付) is the same asked of her bank instead of the brand."""
