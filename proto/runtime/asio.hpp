// The names of Asio that this project uses. Asio is compiled once (asio_impl.cpp).
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sobriety {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

template <class T = void>
using Task = net::awaitable<T>;

// `auto [error, …] = co_await operation(…, as_result);` never throws.
inline constexpr auto as_result = net::as_tuple(net::use_awaitable);

}  // namespace sobriety
