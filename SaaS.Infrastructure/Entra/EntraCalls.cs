using System.Net;
using Polly;

namespace SaaS.Infrastructure.Entra;

/// <summary>One request to Entra ID or Graph. Whatever keeps an answer from coming is one exception.</summary>
internal static class EntraCalls
{
    public static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            try
            {
                var answer = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
                if (answer.StatusCode is < HttpStatusCode.InternalServerError and not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout))
                {
                    return answer;
                }

                using (answer)
                {
                    throw new EntraUnavailableException($"{request.RequestUri?.Host} answered {(int)answer.StatusCode}", retryAfter: answer.Headers.RetryAfter?.Delta);
                }
            }
            catch (Exception e) when (e is HttpRequestException or ExecutionRejectedException or TaskCanceledException && !ct.IsCancellationRequested) // the last two: a time limit, an open breaker
            {
                throw new EntraUnavailableException($"{request.RequestUri?.Host} does not answer", e);
            }
        }
    }
}
