using System.Net;
using Polly;

namespace SaaS.Infrastructure.Entra;

/// <summary>Sends requests to Entra ID and Graph, and reports every transport failure as one exception type.</summary>
internal static class EntraCalls
{
    public static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            try
            {
                var answer = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
                if (
                    answer.StatusCode
                    is < HttpStatusCode.InternalServerError
                        and not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
                )
                {
                    return answer;
                }

                using (answer)
                {
                    throw new EntraUnavailableException(
                        $"{request.RequestUri?.Host} answered {(int)answer.StatusCode}",
                        retryAfter: answer.Headers.RetryAfter?.Delta
                    );
                }
            }
            // The last two: a timeout, an open circuit breaker
            catch (Exception e)
                when (e is HttpRequestException or ExecutionRejectedException or TaskCanceledException && !ct.IsCancellationRequested)
            {
                throw new EntraUnavailableException($"{request.RequestUri?.Host} does not answer", e);
            }
        }
    }
}
