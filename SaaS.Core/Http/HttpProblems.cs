using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SaaS.Core.Http;

/// <summary>Problems of HTTP itself, and methods that declare and return problems.</summary>
public static class HttpProblems
{
    public static readonly Problem Unauthenticated = new(
        ProblemKind.Unauthenticated,
        "UNAUTHORIZED",
        "Sign in first: the access token is missing, expired or not valid"
    );
    public static readonly Problem Forbidden = new(ProblemKind.Forbidden, "FORBIDDEN", "You are not allowed to do this");
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is nothing at this address");
    public static readonly Problem MethodNotAllowed = new(
        ProblemKind.MethodNotAllowed,
        "METHOD_NOT_ALLOWED",
        "This address does not answer to this method"
    );
    public static readonly Problem UnsupportedMediaType = new(
        ProblemKind.UnsupportedMediaType,
        "UNSUPPORTED_MEDIA_TYPE",
        "This content type is not read here"
    );
    public static readonly Problem TooLarge = new(
        ProblemKind.TooLarge,
        "PAYLOAD_TOO_LARGE",
        "The request is larger than what is taken here"
    );
    public static readonly Problem TooSlow = new(ProblemKind.TooSlow, "REQUEST_TIMEOUT", "The request did not come fast enough");
    public static readonly Problem BadRequest = new(ProblemKind.Invalid, "BAD_REQUEST", "The request is not valid");
    public static readonly Problem Unexpected = new(
        ProblemKind.Unexpected,
        "INTERNAL_ERROR",
        "Something went wrong on our side; the trace id finds it"
    );
    public static readonly Problem Unavailable = new(
        ProblemKind.Unavailable,
        "SERVICE_UNAVAILABLE",
        "The service cannot answer just now; try again shortly"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };
    public static readonly Problem TenantsBusy = new(
        ProblemKind.Unavailable,
        "TENANTS_BUSY",
        "Too many tenants are busy at this moment; try again shortly"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };
    public static readonly Problem StorageFull = new(
        ProblemKind.Unavailable,
        "STORAGE_FULL",
        "There is no room for more content at this moment; nothing of it was kept"
    )
    {
        RetryAfter = TimeSpan.FromMinutes(1),
    };

    /// <summary>Lists all of these for the pages that explain problems: any endpoint may return them.</summary>
    internal static readonly IReadOnlyList<Problem> All =
    [
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        UnsupportedMediaType,
        TooLarge,
        TooSlow,
        BadRequest,
        Unexpected,
        Unavailable,
        TenantsBusy,
        StorageFull,
    ];

    public static ProblemResult ToHttp(this Problem problem) => new(problem);

    /// <summary>Returns the problem for a bare status code, which the framework set before our code ran.</summary>
    public static Problem FromStatusCode(int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => Unauthenticated,
            StatusCodes.Status403Forbidden => Forbidden,
            StatusCodes.Status404NotFound => NotFound,
            StatusCodes.Status405MethodNotAllowed => MethodNotAllowed,
            StatusCodes.Status408RequestTimeout => TooSlow,
            StatusCodes.Status413PayloadTooLarge => TooLarge,
            StatusCodes.Status415UnsupportedMediaType => UnsupportedMediaType,
            StatusCodes.Status503ServiceUnavailable => Unavailable,
            >= 500 => Unexpected,
            _ => BadRequest,
        };

    /// <summary>Declares problems in the OpenAPI document.</summary>
    public static TBuilder ProducesProblem<TBuilder>(this TBuilder builder, params Problem[] problems)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            foreach (var problem in problems)
            {
                endpoint.Metadata.Add(new DeclaredProblem(problem));
            }
        });
        builder.Finally(DeclareStatuses);
        return builder;
    }

    /// <summary>Declares problems that follow from the metadata and parameters of an endpoint.</summary>
    public static TBuilder ProducesProblem<TBuilder>(this TBuilder builder, Func<RouteEndpointBuilder, IEnumerable<Problem>> find)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(endpoint =>
        {
            foreach (var problem in find((RouteEndpointBuilder)endpoint).ToList())
            {
                endpoint.Metadata.Add(new DeclaredProblem(problem));
            }

            DeclareStatuses(endpoint);
        });
        return builder;
    }

    private static void DeclareStatuses(EndpointBuilder endpoint)
    {
        foreach (var status in endpoint.Metadata.OfType<DeclaredProblem>().Select(refusal => refusal.StatusCode).Distinct().ToList())
        {
            // Runs for the endpoint and for each of its groups.
            if (!endpoint.Metadata.OfType<ProducesResponseTypeMetadata>().Any(known => known.StatusCode == status))
            {
                endpoint.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemBody), [ProblemResult.ContentType]));
            }
        }
    }
}

/// <summary>Endpoint metadata: a problem that the endpoint may return.</summary>
public sealed record DeclaredProblem(Problem Problem)
{
    public int StatusCode => ProblemResult.GetStatusCode(Problem.Kind);

    /// <summary>The code and its meaning, for the OpenAPI document.</summary>
    public string Sentence => $"`{Problem.Code}`: {Problem.Message}.";
}

/// <summary>
/// A backing service that a request needs is unavailable, for a reason that is not the caller's: the same request may succeed later.
/// </summary>
public sealed class ServiceUnavailableException(string message, Exception cause) : Exception(message, cause);
