// The part of Asio that speaks to OpenSSL, compiled once.
#include <boost/asio/ssl/impl/src.hpp>
