using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;

namespace SaaS.Core.Documents;

internal static class CreateDownloadLink
{
    internal const int MinSeconds = 60;
    internal const int MaxSeconds = 86_400;
    private const int DefaultSeconds = 3_600;

    private static readonly string Range = $"expires_in must be between {MinSeconds} and {MaxSeconds} seconds";

    // The field error is also the message, where existing clients read it.
    private static readonly Problem OutOfRange = Problem.ForField("expires_in", Range) with { Message = Range };

    internal static void Map(RouteGroupBuilder documents)
    {
        documents.MapGet("/{documentId:guid}/download-url", Handle).ProducesProblem(DocumentProblems.NotFound, OutOfRange);
        documents
            .MapGet("/{documentId:guid}/download", HandleDownload)
            .WithName("downloadDocument")
            .Produces<Stream>(StatusCodes.Status206PartialContent, MediaTypes.Unknown)
            .Produces(StatusCodes.Status302Found)
            .Produces(StatusCodes.Status412PreconditionFailed)
            .Produces(StatusCodes.Status416RangeNotSatisfiable)
            .ProducesProblem(DocumentProblems.NotFound, DocumentProblems.ContentMissing)
            .AddOpenApiOperationTransformer(
                (operation, _, _) =>
                {
                    operation.Responses!["200"].Content![ApiDescription.AnyType] = new OpenApiMediaType
                    {
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" },
                    };
                    return Task.CompletedTask;
                }
            );
    }

    /// <summary>Creates a link that lets anyone read the document until it expires.</summary>
    /// <remarks>
    /// Each link is recorded in the audit log. A link that this API serves ends early when its creator loses access to the document.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<DownloadLink>>, ProblemResult>> Handle(
        Guid documentId,
        [FromQuery(Name = "expires_in"), Description("Lifetime in seconds: 60 to 86400, default 3600."), LinkLifetime] int? expiresIn,
        [AsParameters] LinkContext context,
        DownloadLinks links,
        CancellationToken ct
    )
    {
        if (expiresIn is < MinSeconds or > MaxSeconds)
        {
            return OutOfRange.ToHttp();
        }

        var made = await links.CreateAsync(documentId, TimeSpan.FromSeconds(expiresIn ?? DefaultSeconds), context, ct);
        return !made.TryGetValue(out var link, out var problem) ? problem.ToHttp() : ApiResponse.Ok(link, "Download link made");
    }

    /// <summary>Creates a link to the document that is valid for one hour, and optionally redirects to it.</summary>
    /// <remarks>With `Accept: application/octet-stream` it streams the content itself, as `content` does.</remarks>
    /// <param name="redirect">True to redirect (302) instead of returning the link.</param>
    internal static async Task<
        Results<Ok<ApiResponse<DownloadLink>>, FileStreamHttpResult, RedirectHttpResult, ProblemResult>
    > HandleDownload(
        Guid documentId,
        [FromQuery(Name = "redirect"), DefaultValue(false)] bool? redirect,
        [AsParameters] LinkContext context,
        DocumentContent content,
        DownloadLinks links,
        CancellationToken ct
    )
    {
        var request = context.Request;
        if (WantsBytes(request))
        {
            var scope = context.Db.Scope;
            if (request.HttpContext.Features.Get<OpenDatabase>() is { } open)
            {
                await open.DisposeAsync(); // a slow download must not hold a connection that other tenants need
            }

            return (await content.StreamAsync(scope, documentId, request.HttpContext.Response, ct)).Result switch
            {
                FileStreamHttpResult bytes => bytes,
                var refusal => (ProblemResult)refusal,
            };
        }

        var made = await links.CreateAsync(documentId, TimeSpan.FromSeconds(DefaultSeconds), context, ct);
        if (!made.TryGetValue(out var link, out var problem))
        {
            return problem.ToHttp();
        }

        return redirect is true ? TypedResults.Redirect(link.DownloadUrl) : ApiResponse.Ok(link, "Download link made");
    }

    private static bool WantsBytes(HttpRequest request) =>
        request
            .GetTypedHeaders()
            .Accept.Any(type => type.MediaType.Equals(MediaTypes.Unknown, StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);
}

/// <summary>
/// States the allowed lifetime of a link in the OpenAPI document. The handler validates it, because clients rely on its message.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class LinkLifetimeAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Minimum = CreateDownloadLink.MinSeconds, Maximum = CreateDownloadLink.MaxSeconds };
}
