using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SaaS.Core.Http;

/// <summary>The refusals that belong to HTTP itself, and how a route declares and returns any refusal.</summary>
public static class HttpProblems
{
    public static readonly Problem Unauthenticated = new(ProblemKind.Unauthenticated, "UNAUTHORIZED", "Sign in first: the access token is missing, expired or not valid");
    public static readonly Problem Forbidden = new(ProblemKind.Forbidden, "FORBIDDEN", "You are not allowed to do this");
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "There is nothing at this address");
    public static readonly Problem MethodNotAllowed = new(ProblemKind.MethodNotAllowed, "METHOD_NOT_ALLOWED", "This address does not answer to this method");
    public static readonly Problem UnsupportedMediaType = new(ProblemKind.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "This content type is not read here");
    public static readonly Problem TooLarge = new(ProblemKind.TooLarge, "PAYLOAD_TOO_LARGE", "The request is larger than what is taken here");
    public static readonly Problem TooSlow = new(ProblemKind.TooSlow, "REQUEST_TIMEOUT", "The request did not come fast enough");
    public static readonly Problem BadRequest = new(ProblemKind.Invalid, "BAD_REQUEST", "The request is not valid");
    public static readonly Problem Unexpected = new(ProblemKind.Unexpected, "INTERNAL_ERROR", "Something went wrong on our side; the trace id finds it");
    public static readonly Problem Unavailable = new(ProblemKind.Unavailable, "SERVICE_UNAVAILABLE", "The service cannot answer just now; try again shortly") { RetryAfter = TimeSpan.FromSeconds(5) };
    public static readonly Problem TenantsBusy = new(ProblemKind.Unavailable, "TENANTS_BUSY", "Too many tenants are busy at this moment; try again shortly") { RetryAfter = TimeSpan.FromSeconds(2) };
    public static readonly Problem StorageFull = new(ProblemKind.Unavailable, "STORAGE_FULL", "There is no room for more content at this moment; nothing of it was kept") { RetryAfter = TimeSpan.FromMinutes(1) };

    /// <summary>Every one of these, for the pages that explain problems: any route may be answered with one.</summary>
    internal static readonly IReadOnlyList<Problem> All =
        [Unauthenticated, Forbidden, NotFound, MethodNotAllowed, UnsupportedMediaType, TooLarge, TooSlow, BadRequest, Unexpected, Unavailable, TenantsBusy, StorageFull];

    public static ProblemResult ToHttp(this Problem problem) => new(problem);

    /// <summary>The refusal that a bare status code stands for, when the framework answered before any of our code ran.</summary>
    public static Problem OfStatus(int status) => status switch
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

    /// <summary>Declares refusals, with their codes, in the OpenAPI document.</summary>
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

    /// <summary>Declares refusals that follow from what a route turns out to be: its marks, what it reads.</summary>
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
            // A route and its groups all come here.
            if (!endpoint.Metadata.OfType<ProducesResponseTypeMetadata>().Any(known => known.StatusCode == status))
            {
                endpoint.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemBody), [ProblemResult.ContentType]));
            }
        }
    }
}

/// <summary>That a route may answer with this.</summary>
public sealed record DeclaredProblem(Problem Problem)
{
    public int StatusCode => ProblemResult.StatusOf(Problem.Kind);

    /// <summary>For the OpenAPI document: the code, and what it means.</summary>
    public string Sentence => $"`{Problem.Code}`: {Problem.Message}.";
}
